#pragma once

#include "chat/Commands.h"
#include "chat/Outbound.h"
#include "shared/Result.h"

#include <functional>
#include <utility>
#include <vector>

namespace concierge::chat {

/// A message that the platform's back end sends. Nobody's socket asks for it, so its origin says nothing.
struct Publish
{
    QList<UserId> receivers; ///< empty: the members of `message.chat`
    SendMessage message;     ///< `senderId` is given: it need not be anybody's who is there
    bool wantsReceipts = true;
};

/// What became of it.
struct Published
{
    MessageTaken taken;
    /// By receiver; empty where it was taken before.
    std::vector<std::pair<UserId, SendOutcome>> receivers;
};

/// Called once, on the chat thread, as an acknowledgement would be sent.
using PublishAnswer = std::function<void(const Result<Published, Error> &)>;

} // namespace concierge::chat
