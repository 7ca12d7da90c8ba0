#include "cluster/ClassicCodec.h"
#include "cluster/MessageFields.h"
#include "socketio/Json.h"

namespace concierge::cluster::classic {

using json::Type;
using json::typeOf;

namespace {

/// The members that requests have, each where its type has it.
struct Request
{
    QByteArrayView rooms;
    QByteArrayView opts;
    QByteArrayView close;
    QByteArrayView data;
    QByteArrayView packet;
    QByteArrayView sid;
    QByteArrayView room;
};

Result<Message, DecodeError> broadcast(QByteArrayView nsp, QByteArrayView payload)
{
    const auto text = fromMsgpack(payload);
    if (!text)
        return text.error();
    if (typeOf(text->json) != Type::Array)
        return DecodeError::BadShape;
    const auto parts = json::elements(text->json);
    if (parts.size() < 3)
        return DecodeError::BadShape;
    const auto uid = fields::text(parts[0]);
    auto options = fields::options(parts[2]);
    if (!uid || !options)
        return DecodeError::BadShape;
    if (!fields::isFreeOfBinary(parts[2], *text))
        return DecodeError::BadPlaceholder;
    auto emit = fields::packet(parts[1], *text, nsp, "/");
    if (!emit)
        return emit.error();
    return Message{*uid, {}, Broadcast{std::move(*emit), std::move(*options)}};
}

/// Of a Join or Leave: with `opts`, or of one socket, as adapters before version 7 have it.
template <class Body>
Result<Message, DecodeError> membership(Message message, const Request &request)
{
    if (!request.opts.isEmpty()) {
        auto options = fields::options(request.opts);
        auto rooms = fields::rooms(request.rooms);
        if (!options || !rooms)
            return DecodeError::BadShape;
        message.requestId.clear();
        message.body = Body{std::move(*options), std::move(*rooms)};
        return message;
    }
    const auto sid = fields::text(request.sid);
    if (!sid || request.room.isEmpty() || message.requestId.isEmpty())
        return DecodeError::BadShape;
    const QByteArray room = '[' + request.room.toByteArray() + ']';
    message.body = Body{BroadcastOptions{{Room{*sid}}, {}, {}}, *fields::rooms(room)};
    return message;
}

Result<Message, DecodeError> disconnect(Message message, const Request &request)
{
    const bool closes = request.close == "true";
    if (!request.opts.isEmpty()) {
        auto options = fields::options(request.opts);
        if (!options)
            return DecodeError::BadShape;
        message.requestId.clear();
        message.body = Disconnect{std::move(*options), closes};
        return message;
    }
    const auto sid = fields::text(request.sid);
    if (!sid || message.requestId.isEmpty())
        return DecodeError::BadShape;
    message.body = Disconnect{BroadcastOptions{{Room{*sid}}, {}, {}}, closes};
    return message;
}

Result<Message, DecodeError> request(QByteArrayView nsp, const MessageText &text)
{
    const auto [uid, id, type, rooms, opts, close, data, packet, sid, room] = fields::membersOf<10>(
        text.json, {"uid", "requestId", "type", "rooms", "opts", "close", "data", "packet", "sid", "room"});
    const Request request{rooms, opts, close, data, packet, sid, room};
    const auto number = fields::integer(type);
    if (!number)
        return DecodeError::BadShape;
    if (!fields::isFreeOfBinary(opts, text))
        return DecodeError::BadPlaceholder;
    Message message{fields::text(uid).value_or(QByteArray()), fields::text(id).value_or(QByteArray()), {}};
    const bool hasId = !message.requestId.isEmpty();
    switch (*number) {
    case 0: {
        auto named = fields::rooms(rooms);
        if (!hasId || !named)
            return DecodeError::BadShape;
        message.body = SocketsRequest{std::move(*named)};
        return message;
    }
    case 1:
        message.body = RoomsRequest{};
        return hasId ? Result<Message, DecodeError>(std::move(message)) : DecodeError::BadShape;
    case 2:
        return membership<Join>(std::move(message), request);
    case 3:
        return membership<Leave>(std::move(message), request);
    case 4:
        return disconnect(std::move(message), request);
    case 5: {
        auto options = fields::options(opts);
        if (!hasId || !options)
            return DecodeError::BadShape;
        message.body = Fetch{std::move(*options)};
        return message;
    }
    case 6:
        if (data.isEmpty() || typeOf(data) != Type::Array)
            return DecodeError::BadShape;
        message.body = ServerSideEmit{fields::value(data, text)};
        return message;
    case 7: {
        auto options = fields::options(opts);
        if (!hasId || !options)
            return DecodeError::BadShape;
        auto emit = fields::packet(packet, text, nsp, nsp);
        if (!emit)
            return emit.error();
        message.body = Broadcast{std::move(*emit), std::move(*options)};
        return message;
    }
    default:
        return DecodeError::UnknownType;
    }
}

/// What answers requests of no type of their own: sids and sockets, or rooms, or nothing.
Result<MessageBody, DecodeError> untypedAnswer(QByteArrayView sockets, QByteArrayView rooms,
                                               const MessageText &text)
{
    if (sockets.isEmpty()) {
        if (rooms.isEmpty())
            return MessageBody(Done{});
        auto named = fields::rooms(rooms);
        return named ? Result<MessageBody, DecodeError>(RoomsAnswer{std::move(*named)})
                     : DecodeError::BadShape;
    }
    if (typeOf(sockets) != Type::Array)
        return DecodeError::BadShape;
    const auto elements = json::elements(sockets);
    if (elements.empty() || typeOf(elements.front()) != Type::String) {
        auto answer = fields::sockets(sockets, text);
        return answer ? Result<MessageBody, DecodeError>(std::move(*answer)) : answer.error();
    }
    SocketsAnswer answer;
    for (const QByteArrayView element : elements) {
        const auto sid = fields::text(element);
        if (!sid)
            return DecodeError::BadShape;
        answer.sids.append(*sid);
    }
    return MessageBody(std::move(answer));
}

Result<Message, DecodeError> response(const MessageText &text)
{
    const auto [id, type, sockets, rooms, data, count, packet] = fields::membersOf<7>(
        text.json, {"requestId", "type", "sockets", "rooms", "data", "clientCount", "packet"});
    const auto requestId = fields::text(id);
    if (!requestId)
        return DecodeError::BadShape;
    Message message{{}, *requestId, {}};
    if (type.isEmpty()) {
        auto body = untypedAnswer(sockets, rooms, text);
        if (!body)
            return body.error();
        message.body = std::move(*body);
        return message;
    }
    const auto number = fields::integer(type);
    if (number == 6) {
        message.body = ServerSideAnswer{fields::value(data, text)};
    } else if (number == 8) {
        const auto clients = fields::integer(count);
        if (!clients)
            return DecodeError::BadShape;
        message.body = ClientCount{*clients};
    } else if (number == 9) {
        message.body = ClientAck{fields::value(packet, text)};
    } else {
        return DecodeError::UnknownType;
    }
    return message;
}

} // namespace

Result<Message, DecodeError> decode(ChannelKind kind, QByteArrayView nsp, QByteArrayView payload)
{
    if (kind == ChannelKind::Broadcast)
        return broadcast(nsp, payload);
    if (kind == ChannelKind::Other)
        return DecodeError::UnknownType;
    const auto text = fields::toText(payload);
    if (!text)
        return text.error();
    if (typeOf(text->json) != Type::Object)
        return DecodeError::BadShape;
    return kind == ChannelKind::Request ? request(nsp, *text) : response(*text);
}

} // namespace concierge::cluster::classic
