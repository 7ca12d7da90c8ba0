#include "cluster/ShardedCodec.h"

#include "cluster/MessageFields.h"
#include "socketio/Json.h"

namespace concierge::cluster::sharded {

using json::Type;
using json::typeOf;

namespace {

/// Source: socket.io-adapter 2.5, MessageType. 1, 2 and 13 are said by adapters with heartbeats only.
enum class Kind : quint8 {
    Broadcast = 3,
    Join = 4,
    Leave = 5,
    Disconnect = 6,
    Fetch = 7,
    FetchAnswer = 8,
    ServerSideEmit = 9,
    ServerSideAnswer = 10,
    ClientCount = 11,
    ClientAck = 12
};

constexpr bool isOrder(qint64 type) noexcept
{
    return type == qint64(Kind::Join) || type == qint64(Kind::Leave) || type == qint64(Kind::Disconnect);
}

struct Data
{
    QByteArrayView packet;
    std::optional<BroadcastOptions> options;
    std::optional<QList<Room>> rooms;
    QByteArrayView close;
    QByteArrayView sockets;
    QByteArrayView clientCount;
    bool hasId;
};

Result<MessageBody, DecodeError> order(Kind kind, Data &data)
{
    if (!data.options)
        return DecodeError::BadShape;
    switch (kind) {
    case Kind::Join:
        return data.rooms ? Result<MessageBody, DecodeError>(Join{std::move(*data.options), *data.rooms})
                          : DecodeError::BadShape;
    case Kind::Leave:
        return data.rooms ? Result<MessageBody, DecodeError>(Leave{std::move(*data.options), *data.rooms})
                          : DecodeError::BadShape;
    case Kind::Disconnect:
        return MessageBody(Disconnect{std::move(*data.options), data.close == "true"});
    default:
        return data.hasId ? Result<MessageBody, DecodeError>(Fetch{std::move(*data.options)})
                          : DecodeError::BadShape;
    }
}

Result<MessageBody, DecodeError> answer(Kind kind, const Data &data, const MessageText &text)
{
    if (!data.hasId)
        return DecodeError::BadShape;
    switch (kind) {
    case Kind::FetchAnswer: {
        auto sockets = fields::sockets(data.sockets, text);
        return sockets ? Result<MessageBody, DecodeError>(std::move(*sockets)) : sockets.error();
    }
    case Kind::ServerSideAnswer:
        return MessageBody(ServerSideAnswer{fields::value(data.packet, text)});
    case Kind::ClientCount: {
        const auto count = fields::integer(data.clientCount);
        return count ? Result<MessageBody, DecodeError>(ClientCount{*count}) : DecodeError::BadShape;
    }
    default:
        return MessageBody(ClientAck{fields::value(data.packet, text)});
    }
}

Result<MessageBody, DecodeError> body(qint64 type, Data &data, const MessageText &text, QByteArrayView nsp)
{
    switch (type) {
    case qint64(Kind::Broadcast): {
        if (!data.options)
            return DecodeError::BadShape;
        auto emit = fields::packet(data.packet, text, nsp, nsp);
        return emit ? Result<MessageBody, DecodeError>(Broadcast{std::move(*emit), std::move(*data.options)})
                    : emit.error();
    }
    case qint64(Kind::ServerSideEmit):
        if (data.packet.isEmpty() || typeOf(data.packet) != Type::Array)
            return DecodeError::BadShape;
        return MessageBody(ServerSideEmit{fields::value(data.packet, text)});
    case qint64(Kind::Join):
    case qint64(Kind::Leave):
    case qint64(Kind::Disconnect):
    case qint64(Kind::Fetch):
        return order(static_cast<Kind>(type), data);
    case qint64(Kind::FetchAnswer):
    case qint64(Kind::ServerSideAnswer):
    case qint64(Kind::ClientCount):
    case qint64(Kind::ClientAck):
        return answer(static_cast<Kind>(type), data, text);
    default:
        return DecodeError::UnknownType;
    }
}

/// Writes `data` and says the type; nothing: there is no notation.
struct Encoder
{
    const Message &message;
    ByteBuilder &out;
    const QList<QByteArray> *attachments = nullptr;

    using Type = std::optional<Kind>;

    void id(QByteArrayView before, QByteArrayView after)
    {
        if (message.requestId.isEmpty())
            return;
        out += before;
        out += "\"requestId\":";
        json::appendQuoted(out, message.requestId);
        out += after;
    }
    void packet(const JsonValue &value)
    {
        id({}, ",");
        out += "\"packet\":";
        out += value.json;
        attachments = &value.attachments;
    }
    void options(const BroadcastOptions &options)
    {
        out += "\"opts\":";
        fields::append(out, options, true);
    }
    void membership(const BroadcastOptions &targets, const QList<Room> &rooms)
    {
        options(targets);
        out += ",\"rooms\":";
        fields::append(out, rooms);
    }

    Type operator()(const Broadcast &broadcast)
    {
        out += "\"packet\":{\"type\":2,\"data\":";
        out += broadcast.emit.args;
        out += "},";
        id({}, ",");
        options(broadcast.options);
        attachments = &broadcast.emit.attachments;
        return Kind::Broadcast;
    }
    Type operator()(const Join &join)
    {
        membership(join.options, join.rooms);
        return Kind::Join;
    }
    Type operator()(const Leave &leave)
    {
        membership(leave.options, leave.rooms);
        return Kind::Leave;
    }
    Type operator()(const Disconnect &disconnect)
    {
        options(disconnect.options);
        out += disconnect.closes ? QByteArrayView(",\"close\":true") : QByteArrayView(",\"close\":false");
        return Kind::Disconnect;
    }
    Type operator()(const Fetch &fetch)
    {
        options(fetch.options);
        id(",", {});
        return Kind::Fetch;
    }
    Type operator()(const FetchAnswer &answer)
    {
        id({}, ",");
        out += "\"sockets\":";
        fields::append(out, answer.sockets);
        attachments = &answer.attachments;
        return Kind::FetchAnswer;
    }
    Type operator()(const ServerSideEmit &emit)
    {
        packet(emit.event);
        return Kind::ServerSideEmit;
    }
    Type operator()(const ServerSideAnswer &answer)
    {
        packet(answer.data);
        return Kind::ServerSideAnswer;
    }
    Type operator()(const ClientCount &answer)
    {
        id({}, ",");
        out += "\"clientCount\":";
        out += QByteArray::number(answer.count);
        return Kind::ClientCount;
    }
    Type operator()(const ClientAck &ack)
    {
        packet(ack.value);
        return Kind::ClientAck;
    }
    Type operator()(const SocketsRequest &) { return std::nullopt; }
    Type operator()(const RoomsRequest &) { return std::nullopt; }
    Type operator()(const SocketsAnswer &) { return std::nullopt; }
    Type operator()(const RoomsAnswer &) { return std::nullopt; }
    Type operator()(const Done &) { return std::nullopt; }
};

} // namespace

Result<Message, DecodeError> decode(QByteArrayView nsp, QByteArrayView payload)
{
    const auto text = fields::toText(payload);
    if (!text)
        return text.error();
    if (typeOf(text->json) != Type::Object)
        return DecodeError::BadShape;
    const auto [type, content, uid, named] = fields::membersOf<4>(text->json, {"type", "data", "uid", "nsp"});
    const auto number = fields::integer(type);
    const auto sender = fields::text(uid);
    if (!number || !sender)
        return DecodeError::BadShape;
    if (fields::text(named).value_or(QByteArray()) != nsp)
        return DecodeError::OtherNamespace;
    if (content.isEmpty() || typeOf(content) != Type::Object)
        return DecodeError::BadShape;
    const auto [id, packet, opts, rooms, close, sockets, count] = fields::membersOf<7>(
        content, {"requestId", "packet", "opts", "rooms", "close", "sockets", "clientCount"});
    if (!fields::isFreeOfBinary(opts, *text))
        return DecodeError::BadPlaceholder;
    Message message{*sender, fields::text(id).value_or(QByteArray()), {}};
    Data data{packet, fields::options(opts),       fields::rooms(rooms), close, sockets,
              count,  !message.requestId.isEmpty()};
    auto read = body(*number, data, *text, nsp);
    if (!read)
        return read.error();
    message.body = std::move(*read);
    if (isOrder(*number)) // which nobody answers here
        message.requestId.clear();
    return message;
}

Result<QByteArray, DecodeError> encode(const Message &message, QByteArrayView nsp)
{
    // The type is known when the data is written, and stands before it.
    ByteBuilder data(512);
    Encoder encoder{message, data};
    const auto kind = std::visit(encoder, message.body);
    if (!kind)
        return DecodeError::UnknownType;
    const QByteArray content = data.take();
    ByteBuilder out(content.size() + message.uid.size() + nsp.size() + 64);
    out += "{\"type\":";
    out += QByteArray::number(static_cast<int>(*kind));
    out += ",\"data\":{";
    out += content;
    out += "},\"uid\":";
    json::appendQuoted(out, message.uid);
    out += ",\"nsp\":";
    json::appendQuoted(out, nsp);
    out += '}';
    if (!encoder.attachments || encoder.attachments->isEmpty())
        return out.take();
    return toMsgpack(out.take(), *encoder.attachments);
}

} // namespace concierge::cluster::sharded
