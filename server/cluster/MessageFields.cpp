#include "cluster/MessageFields.h"

#include "cluster/Utf8.h"
#include "socketio/Json.h"
#include "socketio/Placeholders.h"

#include <cmath>

namespace concierge::cluster::fields {

using json::Type;
using json::typeOf;

namespace {

constexpr double timeoutMaxMs = 24 * 3'600'000.0;

bool is(QByteArrayView value, Type type)
{
    return !value.isEmpty() && typeOf(value) == type;
}

bool isTrue(QByteArrayView value)
{
    return is(value, Type::True);
}

EmitFlags flags(QByteArrayView object)
{
    const auto [isVolatile, single, compress, timeout, marker] =
        membersOf<5>(object, {"volatile", "expectSingleResponse", "compress", "timeout", "concierge"});
    EmitFlags read;
    read.isVolatile = isTrue(isVolatile);
    read.expectsOneAnswer = isTrue(single);
    if (isTrue(compress) || is(compress, Type::False))
        read.compress = isTrue(compress);
    if (is(timeout, Type::Number)) {
        const double ms = timeout.toDouble();
        read.timeout = Milliseconds(static_cast<qint64>(std::fmin(std::fmax(ms, 0), timeoutMaxMs)));
    }
    read.marker = text(marker).value_or(QByteArray());
    return read;
}

Room room(QByteArrayView value)
{
    switch (typeOf(value)) {
    case Type::String:
        return {json::unescape(value), Room::Kind::Text};
    case Type::Number:
        return {value.toByteArray(), Room::Kind::Number};
    default:
        return {value.toByteArray(), Room::Kind::Other};
    }
}

void appendFlags(ByteBuilder &out, const EmitFlags &flags)
{
    bool isFirst = true;
    const auto flag = [&](QByteArrayView name) -> ByteBuilder & {
        out += std::exchange(isFirst, false) ? '{' : ',';
        out += '"';
        out += name;
        return out += "\":";
    };
    if (flags.isVolatile)
        flag("volatile") += "true";
    if (flags.compress)
        flag("compress") += *flags.compress ? QByteArrayView("true") : QByteArrayView("false");
    if (flags.expectsOneAnswer)
        flag("expectSingleResponse") += "true";
    if (flags.timeout)
        flag("timeout") += QByteArray::number(qint64(flags.timeout->count()));
    if (!flags.marker.isEmpty())
        json::appendQuoted(flag("concierge"), flags.marker);
    out += isFirst ? QByteArrayView("{}") : QByteArrayView("}");
}

} // namespace

Result<MessageText, DecodeError> toText(QByteArrayView payload)
{
    if (payload.isEmpty())
        return DecodeError::Empty;
    if (payload.front() != '{')
        return fromMsgpack(payload);
    if (payload.size() > messageMaxBytes)
        return DecodeError::TooLarge;
    QByteArray storage;
    const auto json = json::validate(validUtf8(payload, storage), messageMaxDepth);
    if (!json)
        return json.error() == json::Error::TooDeep ? DecodeError::TooDeep : DecodeError::BadJson;
    return MessageText{json->toByteArray(), {}};
}

std::optional<QByteArray> text(QByteArrayView value)
{
    return is(value, Type::String) ? std::optional(json::unescape(value)) : std::nullopt;
}

std::optional<qint64> integer(QByteArrayView value)
{
    bool isInteger = false;
    const qint64 number = is(value, Type::Number) ? value.toLongLong(&isInteger) : 0;
    return isInteger ? std::optional(number) : std::nullopt;
}

std::optional<QList<Room>> rooms(QByteArrayView value)
{
    QList<Room> read;
    if (value.isEmpty() || is(value, Type::Null))
        return read;
    if (!is(value, Type::Array))
        return std::nullopt;
    for (const QByteArrayView element : json::elements(value))
        read.append(room(element));
    return read;
}

std::optional<BroadcastOptions> options(QByteArrayView value)
{
    if (!is(value, Type::Object))
        return std::nullopt;
    const auto [named, excepted, flagged] = membersOf<3>(value, {"rooms", "except", "flags"});
    auto in = rooms(named);
    auto except = rooms(excepted);
    if (!in || !except)
        return std::nullopt;
    return BroadcastOptions{std::move(*in), std::move(*except),
                            is(flagged, Type::Object) ? flags(flagged) : EmitFlags()};
}

Result<Emit, DecodeError> packet(QByteArrayView value, const MessageText &message, QByteArrayView nsp,
                                 QByteArrayView unnamed)
{
    if (!is(value, Type::Object))
        return DecodeError::BadShape;
    const auto [type, data, named] = membersOf<3>(value, {"type", "data", "nsp"});
    if (named.isEmpty() ? unnamed != nsp : text(named).value_or(QByteArray()) != nsp)
        return DecodeError::OtherNamespace;
    if ((type != "2" && type != "5") || data.isEmpty())
        return DecodeError::BadShape;
    if (const auto error = checkEvent(data, message.attachments.size()))
        return *error;
    return Emit{data.toByteArray(), message.attachments};
}

JsonValue value(QByteArrayView span, const MessageText &message)
{
    return span.isEmpty() ? JsonValue() : JsonValue{span.toByteArray(), message.attachments};
}

Result<FetchAnswer, DecodeError> sockets(QByteArrayView array, const MessageText &message)
{
    if (!is(array, Type::Array))
        return DecodeError::BadShape;
    FetchAnswer answer;
    answer.attachments = message.attachments;
    for (const QByteArrayView element : json::elements(array)) {
        if (!is(element, Type::Object))
            return DecodeError::BadShape;
        const auto [id, handshake, named, data] = membersOf<4>(element, {"id", "handshake", "rooms", "data"});
        const auto sid = text(id);
        auto in = rooms(named);
        if (!sid || !in || !is(handshake, Type::Object))
            return DecodeError::BadShape;
        answer.sockets.append({*sid, handshake.toByteArray(), std::move(*in),
                               data.isEmpty() ? QByteArrayLiteral("{}") : data.toByteArray()});
    }
    return answer;
}

bool isFreeOfBinary(QByteArrayView span, const MessageText &message)
{
    return message.attachments.isEmpty() || span.isEmpty() || socketio::arePlaceholdersGood(span, 0);
}

void append(ByteBuilder &out, const Room &room)
{
    if (room.kind == Room::Kind::Text)
        json::appendQuoted(out, room.name);
    else
        out += room.name;
}

void append(ByteBuilder &out, const QList<Room> &rooms)
{
    out += '[';
    for (qsizetype i = 0; i < rooms.size(); ++i) {
        if (i > 0)
            out += ',';
        append(out, rooms[i]);
    }
    out += ']';
}

void append(ByteBuilder &out, const BroadcastOptions &options, bool withFlags)
{
    out += "{\"rooms\":";
    append(out, options.rooms);
    out += ",\"except\":";
    append(out, options.except);
    if (withFlags) {
        out += ",\"flags\":";
        appendFlags(out, options.flags);
    }
    out += '}';
}

void append(ByteBuilder &out, const QList<RemoteSocket> &sockets)
{
    out += '[';
    for (qsizetype i = 0; i < sockets.size(); ++i) {
        const RemoteSocket &socket = sockets[i];
        out += i > 0 ? QByteArrayView(",{\"id\":") : QByteArrayView("{\"id\":");
        json::appendQuoted(out, socket.id);
        out += ",\"handshake\":";
        out += socket.handshake;
        out += ",\"rooms\":";
        append(out, socket.rooms);
        out += ",\"data\":";
        out += socket.data;
        out += '}';
    }
    out += ']';
}

} // namespace concierge::cluster::fields
