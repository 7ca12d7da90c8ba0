#include "app/EventDecoder.h"

#include "shared/Limits.h"
#include "socketio/Json.h"

#include <QString>

#include <array>
#include <initializer_list>

namespace concierge::app {

using chat::Error;
using chat::ErrorCode;
using chat::Origin;
using json::Member;
using json::Type;
using socketio::Event;

namespace {

QByteArrayView typeName(Type type)
{
    switch (type) {
    case Type::Object:
        return "an object";
    case Type::Array:
        return "an array";
    case Type::String:
        return "a string";
    case Type::Number:
        return "a number";
    case Type::True:
    case Type::False:
        return "a boolean";
    case Type::Null:
        return "null";
    }
    return "nothing";
}

QByteArray joined(std::initializer_list<QByteArrayView> parts)
{
    QByteArray text;
    for (const QByteArrayView part : parts)
        text.append(part);
    return text;
}

Error invalid(QByteArray message)
{
    return Error{ErrorCode::InvalidPayload, std::move(message)};
}

/// "data.text must be a non-empty string, but is missing" — what is wanted, then what was there.
Error wanted(QByteArrayView what, QByteArrayView rule, std::optional<QByteArrayView> found)
{
    return invalid(found ? joined({what, " must be ", rule, ", but is ", typeName(json::typeOf(*found))})
                         : joined({what, " must be ", rule, ", but is missing"}));
}

std::optional<QByteArrayView> argument(const Event &event, std::size_t index)
{
    if (index >= event.arguments.size())
        return std::nullopt;
    return event.arguments[index];
}

/// JSON has no `undefined`: socket.io-client sends it as null where an argument was left out on purpose.
std::optional<QByteArrayView> optionalArgument(const Event &event, std::size_t index)
{
    const auto value = argument(event, index);
    return value && json::typeOf(*value) == Type::Null ? std::nullopt : value;
}

constexpr QByteArrayView idRule = "a string of 1 to 128 characters, or a number";

/// An id's text. A number is taken as its decimal text, since real front ends send those.
Result<QByteArray, Error> decodeId(QByteArrayView what, std::optional<QByteArrayView> value)
{
    if (!value)
        return wanted(what, idRule, value);
    const Type type = json::typeOf(*value);
    if (type != Type::String && type != Type::Number)
        return wanted(what, idRule, value);
    const qsizetype length = type == Type::String ? json::utf16Length(*value) : value->size();
    if (length < 1 || length > limits::idMaxCharacters)
        return invalid(
            joined({what, " must be ", idRule, ", but has ", QByteArray::number(length), " characters"}));
    return type == Type::String ? json::unescape(*value) : value->toByteArray();
}

Result<QList<UserId>, Error> decodeUserList(std::optional<QByteArrayView> value)
{
    if (!value || json::typeOf(*value) != Type::Array)
        return wanted("the first argument", "an array of user ids", value);
    QList<UserId> users;
    for (const QByteArrayView element : json::elements(*value)) {
        auto id = decodeId("each user id", element);
        if (!id)
            return id.error();
        users.append(UserId(std::move(id).value()));
    }
    return users;
}

/// Looks up the members that a decoder reads. A member named twice is refused where it is read: the
/// receiver's parser takes the last one, so a check of the first would let anything through.
class Fields
{
public:
    explicit Fields(QByteArrayView object)
        : m_members(json::members(object))
    {}

    Result<std::optional<QByteArrayView>, Error> find(QByteArrayView what, QByteArrayView key) const
    {
        std::optional<QByteArrayView> found;
        for (const Member &member : m_members) {
            if (!member.keyIs(key))
                continue;
            if (found)
                return invalid(joined({what, " must be given once, but is there twice"}));
            found = member.value;
        }
        return found;
    }

private:
    std::vector<Member> m_members;
};

/// Reads one id member; leaves `into` alone where it is missing.
template <class Id>
std::optional<Error> readOptionalId(const Fields &fields, QByteArrayView what, QByteArrayView key,
                                    std::optional<Id> &into)
{
    const auto value = fields.find(what, key);
    if (!value)
        return value.error();
    if (!*value)
        return std::nullopt;
    auto id = decodeId(what, **value);
    if (!id)
        return id.error();
    into = Id(std::move(id).value());
    return std::nullopt;
}

Decoded decodeNewUser(const Origin &origin, const Event &event, const DecodeLimits &)
{
    auto id = decodeId("userId", argument(event, 0));
    if (!id)
        return id.error();
    chat::NewUser command{origin, UserId(std::move(id).value()), chat::PresenceMode::List};
    const auto options = optionalArgument(event, 1);
    if (!options)
        return chat::Command(std::move(command));
    if (json::typeOf(*options) != Type::Object)
        return wanted("options", "an object", options);
    const auto presence = Fields(*options).find("options.presence", "presence");
    if (!presence)
        return presence.error();
    if (*presence) {
        const QByteArray mode =
            json::typeOf(**presence) == Type::String ? json::unescape(**presence) : QByteArray();
        if (mode == "changes")
            command.presence = chat::PresenceMode::Changes;
        else if (mode == "none")
            command.presence = chat::PresenceMode::None;
        else if (mode != "list")
            return invalid(QByteArrayLiteral("options.presence must be \"list\", \"changes\" or \"none\""));
    }
    return chat::Command(std::move(command));
}

/// Checks `text`, and cuts it where it is too long: everything else in `data` keeps its bytes.
std::optional<Error> readText(const Fields &fields, QByteArrayView data, const DecodeLimits &limits,
                              chat::SendMessage &command)
{
    const auto found = fields.find("data.text", "text");
    if (!found)
        return found.error();
    const auto &text = *found;
    if (!text || json::typeOf(*text) != Type::String)
        return wanted("data.text", "a non-empty string", text);
    if (text->size() <= 2)
        return invalid(QByteArrayLiteral("data.text must be a non-empty string, but is empty"));
    // UTF-8, and escapes even more so, take at least one byte per UTF-16 unit: short texts need no count.
    if (text->size() - 2 <= limits.maxTextLength || json::utf16Length(*text) <= limits.maxTextLength) {
        command.data = data.toByteArray();
        return std::nullopt;
    }
    const qsizetype begin = text->data() - data.data();
    command.data = joined({data.first(begin), json::cutToUtf16(*text, limits.maxTextLength),
                           data.sliced(begin + text->size())});
    command.truncated = true;
    return std::nullopt;
}

std::optional<Error> readTyped(const Fields &fields, QByteArrayView what, QByteArrayView key, Type type,
                               bool *isThere = nullptr)
{
    const auto value = fields.find(what, key);
    if (!value)
        return value.error();
    if (*value && json::typeOf(**value) != type)
        return wanted(what, typeName(type), *value);
    if (isThere)
        *isThere = value->has_value();
    return std::nullopt;
}

std::optional<Error> readMessage(QByteArrayView data, const DecodeLimits &limits, chat::SendMessage &command)
{
    const Fields fields(data);
    if (auto error = readText(fields, data, limits, command))
        return error;
    if (auto error = readOptionalId(fields, "data.senderId", "senderId", command.senderId))
        return error;
    std::optional<ChatId> chat;
    if (auto error = readOptionalId(fields, "data.chatId", "chatId", chat))
        return error;
    command.chat = chat.value_or(ChatId());
    if (auto error = readOptionalId(fields, "data.messageId", "messageId", command.messageId))
        return error;
    if (auto error = readTyped(fields, "data.timestamp", "timestamp", Type::String, &command.hasTimestamp))
        return error;
    if (auto error = readTyped(fields, "data.type", "type", Type::String))
        return error;
    return readTyped(fields, "data.metadata", "metadata", Type::Object);
}

Decoded decodeSendMessage(const Origin &origin, const Event &event, const DecodeLimits &limits)
{
    const auto payload = argument(event, 0);
    if (!payload || json::typeOf(*payload) != Type::Object)
        return wanted("the first argument", "an object {receiverId, data}", payload);
    const Fields fields(*payload);
    chat::SendMessage command;
    command.origin = origin;
    std::optional<UserId> receiver;
    if (auto error = readOptionalId(fields, "receiverId", "receiverId", receiver))
        return *error;
    command.receiver = receiver.value_or(UserId());
    const auto data = fields.find("data", "data");
    if (!data)
        return data.error();
    if (!*data || json::typeOf(**data) != Type::Object)
        return wanted("data", "an object with a text", *data);
    if (auto error = readMessage(**data, limits, command))
        return *error;
    if (command.receiver.isEmpty() && command.chat.isEmpty())
        return invalid(joined(
            {"receiverId must be ", idRule, ", but is missing (without it, data.chatId names the chat)"}));
    command.attachments = event.attachments;
    return chat::Command(std::move(command));
}

Result<ChatId, Error> decodeChatArgument(const Event &event)
{
    const auto payload = argument(event, 0);
    if (!payload || json::typeOf(*payload) != Type::Object)
        return wanted("the first argument", "an object {chatId}", payload);
    const auto chat = Fields(*payload).find("chatId", "chatId");
    if (!chat)
        return chat.error();
    auto id = decodeId("chatId", *chat);
    if (!id)
        return id.error();
    return ChatId(std::move(id).value());
}

template <class Command>
Decoded decodeMembership(const Origin &origin, const Event &event, const DecodeLimits &)
{
    auto chat = decodeChatArgument(event);
    if (!chat)
        return chat.error();
    return chat::Command(Command{origin, std::move(chat).value()});
}

Decoded decodeTyping(const Origin &origin, const Event &event, const DecodeLimits &)
{
    const auto payload = argument(event, 0);
    if (!payload || json::typeOf(*payload) != Type::Object)
        return wanted("the first argument", "an object {receiverId or chatId, isTyping}", payload);
    const Fields fields(*payload);
    std::optional<UserId> receiver;
    if (auto error = readOptionalId(fields, "receiverId", "receiverId", receiver))
        return *error;
    std::optional<ChatId> chat;
    if (auto error = readOptionalId(fields, "chatId", "chatId", chat))
        return *error;
    if (!receiver && !chat)
        return invalid(QByteArrayLiteral("receiverId or chatId must be given"));
    const auto isTyping = fields.find("isTyping", "isTyping");
    if (!isTyping)
        return isTyping.error();
    const auto &flag = *isTyping;
    if (!flag || (json::typeOf(*flag) != Type::True && json::typeOf(*flag) != Type::False))
        return wanted("isTyping", "true or false", flag);
    return chat::Command(chat::Typing{origin, receiver.value_or(UserId()), chat.value_or(ChatId()),
                                      json::typeOf(*flag) == Type::True});
}

Decoded decodeSetStatus(const Origin &origin, const Event &event, const DecodeLimits &)
{
    const auto value = argument(event, 0);
    const QByteArray status =
        value && json::typeOf(*value) == Type::String ? json::unescape(*value) : QByteArray();
    if (status == "active")
        return chat::Command(chat::SetStatus{origin, chat::Status::Online});
    if (status == "idle")
        return chat::Command(chat::SetStatus{origin, chat::Status::Idle});
    return invalid(QByteArrayLiteral("the status must be \"active\" or \"idle\""));
}

template <class Command>
Decoded decodeUsers(const Origin &origin, const Event &event, const DecodeLimits &)
{
    auto users = decodeUserList(argument(event, 0));
    if (!users)
        return users.error();
    return chat::Command(Command{origin, std::move(users).value()});
}

struct Row
{
    QByteArrayView event;
    DecodeEvent decode;
};

constexpr std::array rows{
    Row{"sendMessage", decodeSendMessage},
    Row{"newUser", decodeNewUser},
    Row{"typing", decodeTyping},
    Row{"joinChat", decodeMembership<chat::JoinChat>},
    Row{"leaveChat", decodeMembership<chat::LeaveChat>},
    Row{"setStatus", decodeSetStatus},
    Row{"getPresence", decodeUsers<chat::GetPresence>},
    Row{"watchPresence", decodeUsers<chat::WatchPresence>},
    Row{"unwatchPresence", decodeUsers<chat::UnwatchPresence>},
};

} // namespace

DecodeEvent findDecoder(QByteArrayView eventName)
{
    for (const Row &row : rows) {
        if (row.event == eventName)
            return row.decode;
    }
    return nullptr;
}

} // namespace concierge::app
