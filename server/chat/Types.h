#pragma once

#include "shared/Clock.h"
#include "shared/Ids.h"

#include <QByteArray>
#include <QList>

#include <optional>

namespace concierge::chat {

/// Names one Socket.IO socket across threads: the io worker that owns it and a number that is never reused
/// there.
struct SocketRef
{
    quint32 worker = 0;
    quint64 serial = 0;

    friend bool operator==(const SocketRef &, const SocketRef &) = default;
    friend size_t qHash(const SocketRef &ref, size_t seed = 0) noexcept
    {
        return ::qHash(ref.serial * 64 + ref.worker, seed);
    }
};

/// Error codes of the contract (closed list).
enum class ErrorCode : quint8 {
    InvalidPayload,
    NotRegistered,
    Unauthorized,
    Forbidden,
    SenderMismatch,
    RateLimited,
    TooLarge,
    InboxFull,
    Unavailable,
    UnknownEvent
};
inline constexpr quint8 errorCodes = static_cast<quint8>(ErrorCode::UnknownEvent) + 1;

struct Error
{
    ErrorCode code = ErrorCode::InvalidPayload;
    QByteArray message; ///< what was wrong and what would be right, for a developer's eyes

    friend bool operator==(const Error &, const Error &) = default;
};

enum class PresenceMode : quint8 { List, Changes, None };
enum class Status : quint8 { Online, Idle, Offline };

/// A message on its way. `data` is the sender's JSON object, its bytes as sent (text perhaps cut); the three
/// fields that may have been missing are appended by the encoder where the `append…` flag says so.
struct Message
{
    MessageId id;
    UserId sender;            ///< empty: open mode, unregistered, and `data` names none
    ChatId chat;              ///< empty: none
    Milliseconds timestamp{}; ///< wall time at which the server took it
    QByteArray data;
    QList<QByteArray> attachments; ///< binary parts that `data` has placeholders for; mostly none
    bool appendSenderId = false;
    bool appendTimestamp = false;
    bool appendMessageId = false;
    bool isSilent = false; ///< its sender hears nothing of how far it comes

    friend bool operator==(const Message &, const Message &) = default;
};

/// How far a message has come to one receiver.
enum class MessageState : quint8 { Stored, Delivered, Read, Expired };

/// News of a message for who sent it: `messageStatus` of the contract.
struct Receipt
{
    MessageId message;
    ChatId chat; ///< empty: none
    UserId receiver;
    MessageState state = MessageState::Stored;
    Milliseconds timestamp{}; ///< wall time of the change

    friend bool operator==(const Receipt &, const Receipt &) = default;
};

} // namespace concierge::chat
