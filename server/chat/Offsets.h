#pragma once

#include "chat/Inbox.h"

#include <QByteArray>
#include <QByteArrayView>

#include <optional>
#include <vector>

namespace concierge::chat {

/// How far a socket's stream of events for one user has come. Clients keep the last one they saw and present
/// it when they connect again, also to a later process.
struct Offset
{
    qint64 order = 0;           ///< of the event itself; every event has one of its own, later is greater
    InboxPosition position = 0; ///< what of the user's inbox stands up to here has been sent, or was gone
    /// evidenceHash() of the latest messages to the user that a crash could make its senders send once more.
    std::vector<quint64> recent;

    friend bool operator==(const Offset &, const Offset &) = default;
};

/// Offsets as texts that tell a client nothing and that it cannot change: one made for another user, by
/// another installation or by hand is none. Base64url of order, a keyed hash, and what is not usual. Thread:
/// any.
class OffsetCodec
{
public:
    static constexpr std::size_t maxRecent = 32;

    explicit OffsetCodec(QByteArray secret)
        : m_secret(std::move(secret))
    {}

    QByteArray encode(const Offset &offset, const UserId &user) const;
    std::optional<Offset> decode(QByteArrayView text, const UserId &user) const;

private:
    QByteArray m_secret;
};

/// Names the message of `sender` with this id at `receiver`. Not guessable, the same after each restart.
quint64 evidenceHash(const QByteArray &secret, const UserId &sender, const MessageId &message,
                     const UserId &receiver);

} // namespace concierge::chat
