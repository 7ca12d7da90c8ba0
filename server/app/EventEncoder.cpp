#include "app/EventEncoder.h"

#include "chat/ErrorCode.h"
#include "engineio/Packet.h"
#include "socketio/Json.h"

#include <array>

namespace concierge::app {

using json::appendQuoted;
using transport::Frame;
using transport::FrameKind;

namespace {

QByteArrayView statusName(chat::Status status)
{
    switch (status) {
    case chat::Status::Online:
        return "online";
    case chat::Status::Idle:
        return "idle";
    case chat::Status::Offline:
        return "offline";
    }
    return "offline";
}

/// `42["name",` — or `45N-["name",` where binary attachments follow.
QByteArray beginEvent(QByteArrayView name, qsizetype room, qsizetype attachments = 0)
{
    QByteArray text;
    text.reserve(name.size() + room + 16);
    text += engineio::messagePrefix;
    if (attachments == 0) {
        text += '2';
    } else {
        text += '5';
        text += QByteArray::number(attachments);
        text += '-';
    }
    text += "[\"";
    text += name;
    text += "\",";
    return text;
}

QList<Frame> endEvent(QByteArray text, const QList<QByteArray> &attachments = {})
{
    text += ']';
    QList<Frame> frames;
    frames.reserve(1 + attachments.size());
    frames.append(Frame{FrameKind::Text, std::move(text)});
    for (const QByteArray &attachment : attachments)
        frames.append(Frame{FrameKind::Binary, attachment});
    return frames;
}

void appendField(QByteArray &out, QByteArrayView name, QByteArrayView value)
{
    out += ",\"";
    out += name;
    out += "\":";
    appendQuoted(out, value);
}

/// The sender's object with its own bytes, and what was missing appended.
void appendData(QByteArray &out, const chat::Message &message)
{
    out += QByteArrayView(message.data).chopped(1); // its closing brace comes last
    if (message.appendSenderId)
        appendField(out, "senderId", message.sender.utf8());
    if (message.appendTimestamp)
        appendField(out, "timestamp", isoTimestamp(message.timestamp));
    if (message.appendMessageId)
        appendField(out, "messageId", message.id.utf8());
    out += '}';
}

constexpr qsizetype completionRoom = 256; ///< bytes for the three completed fields, most often

void appendUserIds(QByteArray &out, const auto &users)
{
    out += '[';
    bool isFirst = true;
    for (const UserId &user : users) {
        if (!isFirst)
            out += ',';
        isFirst = false;
        appendQuoted(out, user.utf8());
    }
    out += ']';
}

void appendPresence(QByteArray &out, const chat::UserPresence &presence)
{
    out += "{\"userId\":";
    appendQuoted(out, presence.user.utf8());
    out += ",\"status\":\"";
    out += statusName(presence.status);
    out += "\",\"lastSeen\":";
    if (presence.lastSeen)
        appendQuoted(out, isoTimestamp(*presence.lastSeen));
    else
        out += "null";
    out += '}';
}

struct PushEncoder
{
    QList<Frame> operator()(const chat::GetMessage &push) const
    {
        const chat::Message &message = *push.message;
        QByteArray text =
            beginEvent("getMessage", message.data.size() + completionRoom, message.attachments.size());
        appendData(text, message);
        return endEvent(std::move(text), message.attachments);
    }
    QList<Frame> operator()(const chat::MessageSent &push) const
    {
        const chat::Message &message = *push.message;
        QByteArray text =
            beginEvent("messageSent", message.data.size() + completionRoom, message.attachments.size());
        text += '{';
        if (!push.receiver.isEmpty()) {
            text += "\"receiverId\":";
            appendQuoted(text, push.receiver.utf8());
            text += ',';
        }
        text += "\"data\":";
        appendData(text, message);
        text += '}';
        return endEvent(std::move(text), message.attachments);
    }
    QList<Frame> operator()(const chat::OnlineUsers &push) const
    {
        qsizetype room = 2;
        for (const UserId &user : *push.users)
            room += user.utf8().size() + 3;
        QByteArray text = beginEvent("getOnlineUsers", room);
        appendUserIds(text, *push.users);
        return endEvent(std::move(text));
    }
    QList<Frame> operator()(const chat::UserStatus &push) const
    {
        QByteArray text = beginEvent("userStatus", 256);
        appendPresence(text, push.presence);
        return endEvent(std::move(text));
    }
    QList<Frame> operator()(const chat::TypingPush &push) const
    {
        QByteArray text = beginEvent("typing", 320);
        text += "{\"userId\":";
        appendQuoted(text, push.user.utf8());
        if (!push.chat.isEmpty())
            appendField(text, "chatId", push.chat.utf8());
        text += push.isTyping ? ",\"isTyping\":true}" : ",\"isTyping\":false}";
        return endEvent(std::move(text));
    }
};

void appendError(QByteArray &out, const chat::Error &error)
{
    out += "\"code\":\"";
    out += chat::toString(error.code);
    out += "\",\"message\":";
    appendQuoted(out, error.message);
}

struct AckEncoder
{
    QByteArray &out;

    void operator()(const chat::Registered &result) const
    {
        appendField(out, "userId", result.user.utf8());
        out += ",\"pending\":" + QByteArray::number(result.pending);
    }
    void operator()(const chat::MessageTaken &result) const
    {
        appendField(out, "messageId", result.id.utf8());
        appendField(out, "timestamp", isoTimestamp(result.timestamp));
        out += result.outcome == chat::SendOutcome::Stored ? ",\"status\":\"stored\""
                                                           : ",\"status\":\"delivered\"";
        if (result.truncated)
            out += ",\"truncated\":true";
    }
    void operator()(const chat::Members &result) const
    {
        out += ",\"members\":";
        appendUserIds(out, result.members);
    }
    void operator()(const chat::Presences &result) const
    {
        out += ",\"users\":[";
        for (qsizetype i = 0; i < result.users.size(); ++i) {
            if (i > 0)
                out += ',';
            appendPresence(out, result.users[i]);
        }
        out += ']';
    }
    void operator()(const chat::Done &) const {}
    void operator()(const chat::Error &error) const
    {
        out = QByteArrayLiteral("{\"ok\":false,\"error\":{");
        appendError(out, error);
        out += '}';
    }
};

/// Writes `value` with `width` digits, from the right.
void putDigits(char *end, unsigned value, int width)
{
    for (; width > 0; --width, value /= 10)
        *--end = static_cast<char>('0' + value % 10);
}

} // namespace

QList<Frame> encodePush(const chat::Push &push)
{
    return std::visit(PushEncoder{}, push);
}

QByteArray encodeAck(const chat::Reply &reply)
{
    QByteArray out;
    out.reserve(192);
    out += "{\"ok\":true";
    std::visit(AckEncoder{out}, reply.result);
    out += '}';
    return out;
}

QList<Frame> encodeErrorEvent(QByteArrayView event, const chat::Error &error)
{
    QByteArray text = beginEvent("errorEvent", 256);
    text += "{\"event\":";
    appendQuoted(text, event);
    text += ',';
    appendError(text, error);
    text += '}';
    return endEvent(std::move(text));
}

QByteArray isoTimestamp(Milliseconds sinceEpoch)
{
    using namespace std::chrono;
    const auto day = floor<days>(sinceEpoch);
    const year_month_day date{sys_days(day)};
    const auto time = static_cast<unsigned>((sinceEpoch - day).count());
    QByteArray text = QByteArrayLiteral("0000-00-00T00:00:00.000Z");
    char *at = text.data();
    putDigits(at + 4, static_cast<unsigned>(static_cast<int>(date.year())), 4);
    putDigits(at + 7, static_cast<unsigned>(date.month()), 2);
    putDigits(at + 10, static_cast<unsigned>(date.day()), 2);
    putDigits(at + 13, time / 3'600'000, 2);
    putDigits(at + 16, time / 60'000 % 60, 2);
    putDigits(at + 19, time / 1'000 % 60, 2);
    putDigits(at + 23, time % 1'000, 3);
    return text;
}

} // namespace concierge::app
