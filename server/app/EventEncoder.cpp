#include "app/EventEncoder.h"

#include "chat/ErrorCode.h"
#include "engineio/Packet.h"
#include "socketio/Json.h"

#include <array>
#include <cstring>

namespace concierge::app {

using json::appendQuoted;
using transport::Frame;
using transport::FrameKind;

namespace {

QByteArrayView stateName(chat::MessageState state)
{
    switch (state) {
    case chat::MessageState::Stored:
        return "stored";
    case chat::MessageState::Delivered:
        return "delivered";
    case chat::MessageState::Read:
        return "read";
    case chat::MessageState::Expired:
        return "expired";
    }
    return "stored";
}

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
ByteBuilder beginEvent(QByteArrayView name, qsizetype room, qsizetype attachments = 0)
{
    ByteBuilder text(name.size() + room + 16);
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

QList<Frame> endEvent(ByteBuilder text, QByteArrayView offset = {}, const QList<QByteArray> &attachments = {})
{
    if (!offset.isEmpty()) {
        text += ",\"";
        text += offset;
        text += '"';
    }
    text += ']';
    QList<Frame> frames;
    frames.reserve(1 + attachments.size());
    frames.append(Frame{FrameKind::Text, text.take()});
    for (const QByteArray &attachment : attachments)
        frames.append(Frame{FrameKind::Binary, attachment});
    return frames;
}

void appendField(ByteBuilder &out, QByteArrayView name, QByteArrayView value)
{
    out += ",\"";
    out += name;
    out += "\":";
    appendQuoted(out, value);
}

constexpr qsizetype isoSize = 24;

/// Writes `value` with `width` digits, from the right.
void putDigits(char *end, unsigned value, int width)
{
    for (; width > 0; --width, value /= 10)
        *--end = static_cast<char>('0' + value % 10);
}

void putIsoTimestamp(char *at, Milliseconds sinceEpoch)
{
    using namespace std::chrono;
    const auto day = floor<days>(sinceEpoch);
    const year_month_day date{sys_days(day)};
    const auto time = static_cast<unsigned>((sinceEpoch - day).count());
    std::memcpy(at, "0000-00-00T00:00:00.000Z", isoSize);
    putDigits(at + 4, static_cast<unsigned>(static_cast<int>(date.year())), 4);
    putDigits(at + 7, static_cast<unsigned>(date.month()), 2);
    putDigits(at + 10, static_cast<unsigned>(date.day()), 2);
    putDigits(at + 13, time / 3'600'000, 2);
    putDigits(at + 16, time / 60'000 % 60, 2);
    putDigits(at + 19, time / 1'000 % 60, 2);
    putDigits(at + 23, time % 1'000, 3);
}

void appendTimestamp(ByteBuilder &out, Milliseconds sinceEpoch)
{
    out += '"';
    putIsoTimestamp(out.claim(isoSize), sinceEpoch);
    out += '"';
}

/// The sender's object with its own bytes, and what was missing appended.
void appendData(ByteBuilder &out, const chat::Message &message)
{
    out += QByteArrayView(message.data).chopped(1); // its closing brace comes last
    if (message.appendSenderId)
        appendField(out, "senderId", message.sender.utf8());
    if (message.appendTimestamp) {
        out += ",\"timestamp\":";
        appendTimestamp(out, message.timestamp);
    }
    if (message.appendMessageId)
        appendField(out, "messageId", message.id.utf8());
    out += '}';
}

constexpr qsizetype completionRoom = 320; ///< bytes for the three completed fields and the offset, mostly

void appendUserIds(ByteBuilder &out, const auto &users)
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

void appendPresence(ByteBuilder &out, const chat::UserPresence &presence)
{
    out += "{\"userId\":";
    appendQuoted(out, presence.user.utf8());
    out += ",\"status\":\"";
    out += statusName(presence.status);
    out += "\",\"lastSeen\":";
    if (presence.lastSeen)
        appendTimestamp(out, *presence.lastSeen);
    else
        out += "null";
    out += '}';
}

struct PushEncoder
{
    QByteArrayView offset;

    QList<Frame> operator()(const chat::GetMessage &push) const
    {
        const chat::Message &message = *push.message;
        ByteBuilder text =
            beginEvent("getMessage", message.data.size() + completionRoom, message.attachments.size());
        appendData(text, message);
        return endEvent(std::move(text), offset, message.attachments);
    }
    QList<Frame> operator()(const chat::MessageSent &push) const
    {
        const chat::Message &message = *push.message;
        ByteBuilder text =
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
        return endEvent(std::move(text), offset, message.attachments);
    }
    QList<Frame> operator()(const chat::MessageStatus &push) const
    {
        const chat::Receipt &receipt = *push.receipt;
        ByteBuilder text = beginEvent("messageStatus", 512);
        text += "{\"messageId\":";
        appendQuoted(text, receipt.message.utf8());
        if (!receipt.chat.isEmpty())
            appendField(text, "chatId", receipt.chat.utf8());
        appendField(text, "receiverId", receipt.receiver.utf8());
        text += ",\"status\":\"";
        text += stateName(receipt.state);
        text += "\",\"timestamp\":";
        appendTimestamp(text, receipt.timestamp);
        text += '}';
        return endEvent(std::move(text), offset);
    }
    QList<Frame> operator()(const chat::OnlineUsers &push) const
    {
        qsizetype room = 2;
        for (const UserId &user : *push.users)
            room += user.utf8().size() + 3;
        ByteBuilder text = beginEvent("getOnlineUsers", room);
        appendUserIds(text, *push.users);
        return endEvent(std::move(text), offset);
    }
    QList<Frame> operator()(const chat::UserStatus &push) const
    {
        ByteBuilder text = beginEvent("userStatus", 256);
        appendPresence(text, push.presence);
        return endEvent(std::move(text));
    }
    QList<Frame> operator()(const chat::TypingPush &push) const
    {
        ByteBuilder text = beginEvent("typing", 320);
        text += "{\"userId\":";
        appendQuoted(text, push.user.utf8());
        if (!push.chat.isEmpty())
            appendField(text, "chatId", push.chat.utf8());
        text += push.isTyping ? ",\"isTyping\":true}" : ",\"isTyping\":false}";
        return endEvent(std::move(text));
    }
};

void appendError(ByteBuilder &out, const chat::Error &error)
{
    out += "\"code\":\"";
    out += chat::toString(error.code);
    out += "\",\"message\":";
    appendQuoted(out, error.message);
}

struct AckEncoder
{
    ByteBuilder &out;

    void operator()(const chat::Registered &result) const
    {
        appendField(out, "userId", result.user.utf8());
        out += ",\"pending\":";
        out += QByteArray::number(result.pending);
    }
    void operator()(const chat::MessageTaken &result) const
    {
        appendField(out, "messageId", result.id.utf8());
        out += ",\"timestamp\":";
        appendTimestamp(out, result.timestamp);
        out += result.outcome == chat::SendOutcome::Stored ? QByteArrayView(",\"status\":\"stored\"")
                                                           : QByteArrayView(",\"status\":\"delivered\"");
        if (result.truncated)
            out += ",\"truncated\":true";
        if (result.duplicate)
            out += ",\"duplicate\":true";
    }
    void operator()(const chat::ReadCount &result) const
    {
        out += ",\"count\":";
        out += QByteArray::number(result.count);
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
        out += ",\"error\":{";
        appendError(out, error);
        out += '}';
    }
};

} // namespace

QList<Frame> encodePush(const chat::Push &push, QByteArrayView offset)
{
    return std::visit(PushEncoder{offset}, push);
}

QByteArray encodeMessage(const chat::Message &message)
{
    ByteBuilder text(message.data.size() + completionRoom);
    appendData(text, message);
    return text.take();
}

QByteArray encodePresence(const chat::UserPresence &presence)
{
    ByteBuilder out(128);
    appendPresence(out, presence);
    return out.take();
}

QByteArray encodeAck(const chat::Reply &reply)
{
    ByteBuilder out(192);
    out += std::holds_alternative<chat::Error>(reply.result) ? QByteArrayView("{\"ok\":false")
                                                             : QByteArrayView("{\"ok\":true");
    std::visit(AckEncoder{out}, reply.result);
    out += '}';
    return out.take();
}

QList<Frame> encodeErrorEvent(QByteArrayView event, const chat::Error &error)
{
    ByteBuilder text = beginEvent("errorEvent", 256);
    text += "{\"event\":";
    appendQuoted(text, event);
    text += ',';
    appendError(text, error);
    text += '}';
    return endEvent(std::move(text));
}

QByteArray isoTimestamp(Milliseconds sinceEpoch)
{
    QByteArray text(isoSize, Qt::Uninitialized);
    putIsoTimestamp(text.data(), sinceEpoch);
    return text;
}

} // namespace concierge::app
