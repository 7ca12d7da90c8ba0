#pragma once

#include "chat/Types.h"

#include <functional>
#include <memory>
#include <vector>

namespace concierge::chat {

enum class StoreResult : quint8 { Stored, Full, Failed };

/// Messages that wait for users who are not there, and who belongs to which chat.
///
/// Order: what is appended for a user comes back in that order. Guarantee: `done(Stored)` is called when the
/// message survives whatever this store survives (the memory one: nothing beyond the process), never before.
/// Calls return at once; completions arrive on the chat thread, in the order of the calls, possibly from
/// within the call. Thread: chat.
class Inbox
{
public:
    virtual ~Inbox() = default;

    using StoreCallback = std::function<void(StoreResult)>;
    using LoadCallback = std::function<void(std::vector<std::shared_ptr<const Message>>)>;

    /// Keeps `message` for `user`. Full: `maxPerUser` messages wait already; nothing is dropped to make room.
    virtual void append(const UserId &user, std::shared_ptr<const Message> message, StoreCallback done) = 0;
    /// Everything that waits for `user`, oldest first. It stays until remove().
    virtual void load(const UserId &user, LoadCallback done) = 0;
    virtual void remove(const UserId &user, const std::vector<MessageId> &messages) = 0;
    /// How many wait for `user`, those included whose append() has not completed; load() brings them too.
    virtual qsizetype waiting(const UserId &user) const = 0;

    virtual void addMember(const ChatId &chat, const UserId &user) = 0;
    virtual void removeMember(const ChatId &chat, const UserId &user) = 0;
    /// In the order of joining.
    virtual QList<UserId> members(const ChatId &chat) const = 0;
};

} // namespace concierge::chat
