#pragma once

#include "chat/Outbound.h"

namespace concierge::chat {

/// Other servers, whose sockets hear what this one's do: a user may be connected there too. Guarantee: none.
/// At most once, and whatever cannot be told is dropped: nobody waits for it, and what has to survive is in
/// the Inbox. Order: of the calls, for each user. Implemented by app's ClusterNode and by tests. Thread:
/// chat; the calls return at once.
class Cluster
{
public:
    virtual ~Cluster() = default;

    /// Whether anybody is there; otherwise what is told goes nowhere, and need not be made.
    virtual bool isHeard() const = 0;
    /// To that user's sockets.
    virtual void tell(const UserId &user, Push push) = 0;
    /// To all sockets.
    virtual void tellEveryone(Push push) = 0;
};

} // namespace concierge::chat
