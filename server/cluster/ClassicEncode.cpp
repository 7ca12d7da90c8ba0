#include "cluster/ClassicCodec.h"
#include "cluster/MessageFields.h"
#include "socketio/Json.h"

namespace concierge::cluster::classic {

namespace {

constexpr qsizetype room = 256; // for all but the data, mostly

void appendText(ByteBuilder &out, QByteArrayView name, QByteArrayView value)
{
    out += name;
    json::appendQuoted(out, value);
}

/// Begins a request with what all of them have.
ByteBuilder begin(const Message &message, QByteArrayView type, qsizetype size = 0)
{
    ByteBuilder out(room + size);
    out += '{';
    if (!message.uid.isEmpty()) {
        appendText(out, "\"uid\":", message.uid);
        out += ',';
    }
    if (!message.requestId.isEmpty()) {
        appendText(out, "\"requestId\":", message.requestId);
        out += ',';
    }
    out += "\"type\":";
    out += type;
    return out;
}

ByteBuilder beginAnswer(const Message &message, QByteArrayView type)
{
    ByteBuilder out(room);
    out += '{';
    if (!type.isEmpty()) {
        out += "\"type\":";
        out += type;
        out += ',';
    }
    appendText(out, "\"requestId\":", message.requestId);
    return out;
}

void appendPacket(ByteBuilder &out, const Emit &emit, QByteArrayView nsp)
{
    out += "{\"type\":2,\"data\":";
    out += emit.args;
    appendText(out, ",\"nsp\":", nsp);
    out += '}';
}

/// `,"opts":{"rooms":…,"except":…}`
void appendTargets(ByteBuilder &out, const BroadcastOptions &options)
{
    out += ",\"opts\":";
    fields::append(out, options, false);
}

/// Of one socket, for adapters before version 7: see Join.
bool isOfOneSocket(const Message &message, const BroadcastOptions &options)
{
    return !message.requestId.isEmpty() && options.rooms.size() == 1;
}

struct Encoder
{
    const Message &message;
    QByteArrayView nsp;

    using Payload = Result<QByteArray, DecodeError>;

    Payload operator()(const Broadcast &broadcast) const
    {
        if (!message.requestId.isEmpty()) {
            ByteBuilder out = begin(message, "7", broadcast.emit.args.size());
            out += ",\"packet\":";
            appendPacket(out, broadcast.emit, nsp);
            out += ",\"opts\":";
            fields::append(out, broadcast.options, true);
            out += '}';
            return toMsgpack(out.take(), broadcast.emit.attachments);
        }
        ByteBuilder out(room + broadcast.emit.args.size());
        out += '[';
        json::appendQuoted(out, message.uid);
        out += ',';
        appendPacket(out, broadcast.emit, nsp);
        out += ',';
        fields::append(out, broadcast.options, true);
        out += ']';
        return toMsgpack(out.take(), broadcast.emit.attachments);
    }
    Payload operator()(const SocketsRequest &request) const
    {
        ByteBuilder out = begin(message, "0");
        out += ",\"rooms\":";
        fields::append(out, request.rooms);
        out += '}';
        return out.take();
    }
    Payload operator()(const RoomsRequest &) const { return begin(message, "1}").take(); }
    Payload operator()(const Join &join) const { return membership("2", join.options, join.rooms); }
    Payload operator()(const Leave &leave) const { return membership("3", leave.options, leave.rooms); }
    Payload operator()(const Disconnect &disconnect) const
    {
        ByteBuilder out = begin(message, "4");
        if (isOfOneSocket(message, disconnect.options))
            appendText(out, ",\"sid\":", disconnect.options.rooms.front().name);
        else
            appendTargets(out, disconnect.options);
        out += disconnect.closes ? QByteArrayView(",\"close\":true}") : QByteArrayView(",\"close\":false}");
        return out.take();
    }
    Payload operator()(const Fetch &fetch) const
    {
        ByteBuilder out = begin(message, "5");
        appendTargets(out, fetch.options);
        out += '}';
        return out.take();
    }
    Payload operator()(const ServerSideEmit &emit) const
    {
        ByteBuilder out = begin(message, "6", emit.event.json.size());
        out += ",\"data\":";
        out += emit.event.json;
        out += '}';
        return out.take();
    }
    Payload operator()(const SocketsAnswer &answer) const
    {
        ByteBuilder out = beginAnswer(message, {});
        out += ",\"sockets\":[";
        for (qsizetype i = 0; i < answer.sids.size(); ++i)
            appendText(out, i > 0 ? QByteArrayView(",") : QByteArrayView(), answer.sids[i]);
        out += "]}";
        return out.take();
    }
    Payload operator()(const RoomsAnswer &answer) const
    {
        ByteBuilder out = beginAnswer(message, {});
        out += ",\"rooms\":";
        fields::append(out, answer.rooms);
        out += '}';
        return out.take();
    }
    Payload operator()(const FetchAnswer &answer) const
    {
        ByteBuilder out = beginAnswer(message, {});
        out += ",\"sockets\":";
        fields::append(out, answer.sockets);
        out += '}';
        return out.take();
    }
    Payload operator()(const ServerSideAnswer &answer) const
    {
        ByteBuilder out = beginAnswer(message, "6");
        out += ",\"data\":";
        out += answer.data.json;
        out += '}';
        return out.take();
    }
    Payload operator()(const ClientCount &answer) const
    {
        ByteBuilder out = beginAnswer(message, "8");
        out += ",\"clientCount\":";
        out += QByteArray::number(answer.count);
        out += '}';
        return out.take();
    }
    Payload operator()(const ClientAck &ack) const
    {
        ByteBuilder out = beginAnswer(message, "9");
        out += ",\"packet\":";
        out += ack.value.json;
        out += '}';
        return toMsgpack(out.take(), ack.value.attachments);
    }
    Payload operator()(const Done &) const
    {
        ByteBuilder out = beginAnswer(message, {});
        out += '}';
        return out.take();
    }

    Payload membership(QByteArrayView type, const BroadcastOptions &options, const QList<Room> &rooms) const
    {
        ByteBuilder out = begin(message, type);
        if (isOfOneSocket(message, options) && rooms.size() == 1) {
            appendText(out, ",\"sid\":", options.rooms.front().name);
            out += ",\"room\":";
            fields::append(out, rooms.front());
        } else {
            appendTargets(out, options);
            out += ",\"rooms\":";
            fields::append(out, rooms);
        }
        out += '}';
        return out.take();
    }
};

} // namespace

Result<QByteArray, DecodeError> encode(const Message &message, QByteArrayView nsp)
{
    return std::visit(Encoder{message, nsp}, message.body);
}

QByteArray broadcastPrefix(QByteArrayView uid)
{
    // An array of three, then the short string: no uid is longer than 31 bytes.
    return QByteArray("\x93") + static_cast<char>(0xA0 | uid.size()) + uid.toByteArray();
}

} // namespace concierge::cluster::classic
