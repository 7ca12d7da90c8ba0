#include "app/ApiRequest.h"

#include "app/EventFields.h"

#include <QString>

#include <algorithm>
#include <array>
#include <utility>

namespace concierge::app::api {

using namespace fields;

namespace {

constexpr qsizetype maxEventName = 128; // bytes
constexpr qsizetype maxReason = 500;    // UTF-16 units
constexpr qsizetype maxArguments = 20;

Error invalid(QByteArray message)
{
    return {400, QByteArrayLiteral("invalid_request"), std::move(message)};
}
Error toError(const chat::Error &error)
{
    return invalid(error.message);
}

/// The body's object.
Result<QByteArrayView, Error> objectOf(QByteArrayView body)
{
    const auto value = json::validate(body, limits::jsonMaxDepth);
    if (!value) {
        const char *why = value.error() == json::Error::TooDeep ? "it nests more than 64 arrays and objects"
                          : value.error() == json::Error::InvalidUtf8 ? "it is not UTF-8"
                                                                      : "its syntax is wrong";
        return invalid(QByteArray("the body must be a JSON object, but ") + why);
    }
    if (json::typeOf(*value) != Type::Object)
        return toError(wanted("the body", "a JSON object", *value));
    return *value;
}

template <std::size_t count>
std::optional<Error> refuseUnknown(const std::array<Field, count> &known, QByteArrayView object)
{
    json::MemberReader reader(object);
    for (Member member; reader.next(member);) {
        const bool isKnown = std::any_of(known.begin(), known.end(),
                                         [&member](const Field &field) { return member.keyIs(field.key); });
        if (!isKnown)
            return invalid("there is no field " +
                           member.rawKey.first(std::min<qsizetype>(member.rawKey.size(), 66)).toByteArray() +
                           " here");
    }
    return std::nullopt;
}

/// socket.io-client keeps these to itself.
bool isReserved(QByteArrayView event)
{
    constexpr std::array<QByteArrayView, 6> reserved{"connect",       "connect_error", "disconnect",
                                                     "disconnecting", "newListener",   "removeListener"};
    return std::find(reserved.begin(), reserved.end(), event) != reserved.end();
}

enum PublishField : std::size_t { Users, Chat, Socket, EventName, Args, Receipts };
constexpr std::array publishFields{Field{"users", "users"},       Field{"chatId", "chatId"},
                                   Field{"socketId", "socketId"}, Field{"event", "event"},
                                   Field{"args", "args"},         Field{"receipts", "receipts"}};
using PublishFields = Fields<publishFields.size()>;

std::optional<Error> readTargets(const PublishFields &fields, Emit &emit)
{
    const auto users = fields.find(Users);
    if (!users)
        return toError(users.error());
    if (*users) {
        auto ids = decodeIds<UserId>("users", "an array of user ids", "each of users", *users);
        if (!ids)
            return toError(ids.error());
        for (const UserId &id : *ids) {
            if (!emit.users.contains(id))
                emit.users.append(id);
        }
        if (emit.users.isEmpty() || ids->size() > maxUsers)
            return invalid("users must name 1 to " + QByteArray::number(maxUsers) + " users, but names " +
                           QByteArray::number(ids->size()));
    }
    std::optional<ChatId> chat;
    std::optional<SocketId> socket;
    if (auto error = readOptionalId(fields, Chat, chat))
        return toError(*error);
    if (auto error = readOptionalId(fields, Socket, socket))
        return toError(*error);
    if ((*users ? 1 : 0) + (chat ? 1 : 0) + (socket ? 1 : 0) != 1)
        return invalid(
            QByteArrayLiteral("exactly one of users, chatId and socketId must say whom the event is for"));
    emit.chat = chat.value_or(ChatId());
    emit.socket = socket.value_or(SocketId());
    return std::nullopt;
}

std::optional<Error> readEvent(const PublishFields &fields, Emit &emit)
{
    const auto event = fields.find(EventName);
    if (!event)
        return toError(event.error());
    if (!*event || json::typeOf(**event) != Type::String)
        return toError(wanted("event", "the name of an event", *event));
    emit.event = json::unescape(**event);
    if (emit.event.isEmpty() || emit.event.size() > maxEventName)
        return invalid("event must have 1 to " + QByteArray::number(maxEventName) + " bytes");
    if (isReserved(emit.event))
        return invalid('"' + emit.event + "\" is a name that Socket.IO keeps to itself");
    const auto args = fields.find(Args);
    if (!args)
        return toError(args.error());
    if (!*args)
        return std::nullopt;
    if (json::typeOf(**args) != Type::Array)
        return toError(wanted("args", "an array of the event's arguments", *args));
    for (const QByteArrayView argument : json::elements(**args))
        emit.arguments.append(argument.toByteArray());
    if (emit.arguments.size() > maxArguments)
        return invalid("args must hold at most " + QByteArray::number(maxArguments) + " arguments");
    return std::nullopt;
}

/// A message goes the way of sendMessage.
Result<PublishRequest, Error> messageOf(const Emit &emit, bool wantsReceipts, const DecodeLimits &limits)
{
    if (!emit.socket.isEmpty())
        return invalid(QByteArrayLiteral(
            "getMessage is for users or a chat, for whom it is kept; a socket is none of these"));
    if (emit.arguments.size() != 1 || json::typeOf(emit.arguments.front()) != Type::Object)
        return invalid(
            QByteArrayLiteral("args of getMessage must be an array of one object, the message's data"));
    chat::Publish publish;
    publish.receivers = emit.users;
    publish.wantsReceipts = wantsReceipts;
    chat::SendMessage &message = publish.message;
    if (const auto error = readMessageData(emit.arguments.front(), limits, message))
        return toError(*error);
    if (!message.senderId)
        return invalid(QByteArrayLiteral("data.senderId must say who the message is from"));
    if (emit.chat.isEmpty())
        return PublishRequest(std::move(publish));
    if (message.chat.isEmpty()) {
        message.data.chop(1);
        message.data += ",\"chatId\":" + json::quoted(emit.chat.utf8()) + '}';
    } else if (message.chat != emit.chat) {
        return invalid(QByteArrayLiteral("data.chatId must be chatId, or be left out"));
    }
    message.chat = emit.chat;
    return PublishRequest(std::move(publish));
}

} // namespace

Result<PublishRequest, Error> readPublish(QByteArrayView body, const DecodeLimits &limits)
{
    const auto object = objectOf(body);
    if (!object)
        return object.error();
    if (auto error = refuseUnknown(publishFields, *object))
        return *std::move(error);
    const PublishFields fields(publishFields, *object);
    Emit emit;
    if (auto error = readTargets(fields, emit))
        return *std::move(error);
    if (auto error = readEvent(fields, emit))
        return *std::move(error);
    const auto receipts = fields.find(Receipts);
    if (!receipts)
        return toError(receipts.error());
    const bool isGiven = receipts->has_value();
    const Type type = isGiven ? json::typeOf(**receipts) : Type::True;
    if (type != Type::True && type != Type::False)
        return toError(wanted("receipts", "true or false", *receipts));
    if (emit.event == "getMessage")
        return messageOf(emit, type == Type::True, limits);
    if (isGiven)
        return invalid(QByteArrayLiteral("receipts is for getMessage alone"));
    return PublishRequest(std::move(emit));
}

Result<DisconnectRequest, Error> readDisconnect(QByteArrayView body)
{
    enum : std::size_t { User, SocketOf, Reason };
    static constexpr std::array disconnectFields{Field{"userId", "userId"}, Field{"socketId", "socketId"},
                                                 Field{"reason", "reason"}};
    const auto object = objectOf(body);
    if (!object)
        return object.error();
    if (auto error = refuseUnknown(disconnectFields, *object))
        return *std::move(error);
    const Fields fields(disconnectFields, *object);
    std::optional<UserId> user;
    std::optional<SocketId> socket;
    if (auto error = readOptionalId(fields, User, user))
        return toError(*error);
    if (auto error = readOptionalId(fields, SocketOf, socket))
        return toError(*error);
    if (user.has_value() == socket.has_value())
        return invalid(QByteArrayLiteral("either userId or socketId must say who is disconnected"));
    DisconnectRequest request{user.value_or(UserId()), socket.value_or(SocketId()), {}};
    const auto reason = fields.find(Reason);
    if (!reason)
        return toError(reason.error());
    if (*reason) {
        if (json::typeOf(**reason) != Type::String || json::utf16Length(**reason) > maxReason)
            return invalid("reason must be a text of at most " + QByteArray::number(maxReason) +
                           " characters");
        request.reason = json::unescape(**reason);
    }
    return request;
}

Result<PresenceRequest, Error> readPresence(const transport::HttpRequest &request)
{
    static constexpr QByteArrayView prefix = "/api/presence/";
    PresenceRequest presence;
    QByteArrayList ids;
    presence.isOne = request.path.startsWith(prefix);
    if (presence.isOne) {
        ids.append(QByteArray::fromPercentEncoding(request.path.sliced(prefix.size())));
    } else {
        for (const auto &[key, value] : request.query) {
            if (key == "users")
                ids += value.split(',');
        }
    }
    if (ids.isEmpty() || ids.size() > maxUsers)
        return invalid("/api/presence/{userId} asks for one user, /api/presence?users=a,b for 1 to " +
                       QByteArray::number(maxUsers));
    for (const QByteArray &id : ids) {
        const QString text = QString::fromUtf8(id);
        if (text.isEmpty() || text.size() > limits::idMaxCharacters ||
            text.contains(QChar::ReplacementCharacter))
            return invalid(
                joined({"each user id must be ", "text of 1 to 128 characters in UTF-8, percent-encoded"}));
        presence.users.append(UserId(id));
    }
    return presence;
}

} // namespace concierge::app::api
