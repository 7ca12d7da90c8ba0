#pragma once

#include "shared/Result.h"
#include "transport/Frame.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QList>

#include <optional>
#include <span>
#include <vector>

namespace concierge::socketio {

/// Socket.IO protocol 5, "Packet types": the digit on the wire is the enumerator's value.
enum class PacketType : quint8 {
    Connect = 0,
    Disconnect = 1,
    Event = 2,
    Ack = 3,
    ConnectError = 4,
    BinaryEvent = 5,
    BinaryAck = 6
};

/// `data` is JSON, the sender's own bytes, validated whole: grammar, UTF-8, depth. Empty: the packet had no
/// payload.
struct Packet
{
    PacketType type = PacketType::Event;
    QByteArray nsp = QByteArrayLiteral("/");
    std::optional<quint64> id;
    QByteArray data;
    QList<QByteArray> attachments;

    friend bool operator==(const Packet &, const Packet &) = default;
};

/// A packet whose parts point into the text it came in, without white space around `data`.
struct PacketView
{
    PacketType type = PacketType::Event;
    QByteArrayView nsp = "/";
    /// Clients count from 0. From 2^64 on it is as if there were none: what a JavaScript server would answer
    /// with is a rounded number.
    std::optional<quint64> id;
    QByteArrayView data; ///< as Packet's
    std::vector<QByteArrayView>
        elements;            ///< of `data`, where that is an array: an event's name and arguments
    int attachmentCount = 0; ///< that follow a binary packet
    int depth = 0;           ///< arrays and objects of `data` within each other
};

enum class DecodeError : quint8 {
    Empty,
    UnknownType,
    BadAttachmentCount,
    TooManyAttachments,
    BadNamespace, ///< not valid UTF-8
    BadJson,
    TooDeep,
    BadPayload, ///< not what the type asks for
    ReservedEvent,
    UnexpectedBinary,
    UnexpectedText,
    BadPlaceholder
};

/// The names that a client may not use for its events: connect, disconnect, … `rawName` is a JSON string.
bool isReservedEvent(QByteArrayView rawName);

/// The frames of one packet: the text frame (Engine.IO message prefix included), then its attachments.
/// Event and Ack with attachments become their binary types, and the reverse.
/// Source: Socket.IO protocol 5, "Packet encoding". Thread: any.
QList<transport::Frame> encode(const Packet &packet);

/// The text frame of an event (`["name",…arguments]`) or acknowledgement (`[…arguments]`), made in one
/// allocation. `attachmentCount` attachments must follow it.
transport::Frame encodeEventText(QByteArrayView nsp, std::optional<quint64> id, QByteArrayView name,
                                 std::span<const QByteArrayView> jsonArguments,
                                 qsizetype attachmentCount = 0);
transport::Frame encodeAckText(QByteArrayView nsp, quint64 id, std::span<const QByteArrayView> jsonArguments,
                               qsizetype attachmentCount = 0);

/// One text packet on its own: all checks but those that need to know what came before.
/// Source: Socket.IO protocol 5, "Packet encoding". Limits: 10 attachments, JSON depth
/// limits::packetMaxDepth. Thread: any.
Result<PacketView, DecodeError> decodeText(QByteArrayView text);

/// Turns message packets into Socket.IO packets; keeps the one that waits for its attachments. One per
/// connection. Limits: 10 attachments, JSON depth limits::packetMaxDepth. Errors are final: the connection is
/// then closed. Thread: any, one at a time.
class Decoder
{
public:
    /// Nothing: more attachments are awaited.
    Result<std::optional<Packet>, DecodeError> feedText(QByteArrayView text);
    Result<std::optional<Packet>, DecodeError> feedBinary(const QByteArray &data);
    /// As feedText, without copying what is complete: the packet is valid as long as `text` is.
    Result<std::optional<PacketView>, DecodeError> feedTextView(QByteArrayView text);

private:
    std::optional<Packet> m_partial;
    int m_missing = 0;
};

} // namespace concierge::socketio
