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
    // UTF-8, and escapes even more so, take at least one byte per UTF-16 unit: short ids need no count.
    const qsizetype bytes = type == Type::String ? value->size() - 2 : value->size();
    if (bytes < 1 || bytes > limits::idMaxCharacters) {
        const qsizetype length = type == Type::String ? json::utf16Length(*value) : bytes;
        if (length < 1 || length > limits::idMaxCharacters)
            return invalid(
                joined({what, " must be ", idRule, ", but has ", QByteArray::number(length), " characters"}));
    }
    if (type == Type::String && json::hasLoneSurrogate(*value))
        return invalid(joined({what, " must be ", idRule, ", but holds half of a surrogate pair"}));
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

/// A member that a decoder reads: how errors name it, and its key.
struct Field
{
    QByteArrayView what;
    QByteArrayView key;
};

/// The members that a decoder reads, found in one pass. A member named twice is refused where it is read: the
/// receiver's parser takes the last one, so a check of the first would let anything through.
template <std::size_t count>
class Fields
{
public:
    Fields(const std::array<Field, count> &fields, QByteArrayView object)
        : m_fields(fields)
    {
        json::MemberReader reader(object);
        for (Member member; reader.next(member);) {
            for (std::size_t i = 0; i < count; ++i) {
                if (!member.keyIs(m_fields[i].key))
                    continue;
                m_isTwice[i] = m_found[i].has_value();
                m_found[i] = member.value;
                break;
            }
        }
    }

    QByteArrayView what(std::size_t field) const { return m_fields[field].what; }
    Result<std::optional<QByteArrayView>, Error> find(std::size_t field) const
    {
        if (m_isTwice[field])
            return invalid(joined({what(field), " must be given once, but is there twice"}));
        return m_found[field];
    }

private:
    const std::array<Field, count> &m_fields;
    std::array<std::optional<QByteArrayView>, count> m_found;
    std::array<bool, count> m_isTwice{};
};

/// Reads one id member; leaves `into` alone where it is missing.
template <class Fields, class Id>
std::optional<Error> readOptionalId(const Fields &fields, std::size_t field, std::optional<Id> &into)
{
    const auto value = fields.find(field);
    if (!value)
        return value.error();
    if (!*value)
        return std::nullopt;
    auto id = decodeId(fields.what(field), **value);
    if (!id)
        return id.error();
    into = Id(std::move(id).value());
    return std::nullopt;
}

template <class Fields>
std::optional<Error> readTyped(const Fields &fields, std::size_t field, Type type, bool *isThere = nullptr)
{
    const auto value = fields.find(field);
    if (!value)
        return value.error();
    if (*value && json::typeOf(**value) != type)
        return wanted(fields.what(field), typeName(type), *value);
    if (isThere)
        *isThere = value->has_value();
    return std::nullopt;
}

constexpr std::array optionFields{Field{"options.presence", "presence"}};

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
    const auto presence = Fields(optionFields, *options).find(0);
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

enum DataField : std::size_t { Text, SenderId, DataChatId, MessageIdField, Timestamp, TypeField, Metadata };
constexpr std::array dataFields{
    Field{"data.text", "text"},           Field{"data.senderId", "senderId"},
    Field{"data.chatId", "chatId"},       Field{"data.messageId", "messageId"},
    Field{"data.timestamp", "timestamp"}, Field{"data.type", "type"},
    Field{"data.metadata", "metadata"},
};
using DataFields = Fields<dataFields.size()>;

/// Checks `text`, and cuts it where it is too long: everything else in `data` keeps its bytes.
std::optional<Error> readText(const DataFields &fields, QByteArrayView data, const DecodeLimits &limits,
                              chat::SendMessage &command)
{
    const auto found = fields.find(Text);
    if (!found)
        return found.error();
    const auto &text = *found;
    if (!text || json::typeOf(*text) != Type::String)
        return wanted("data.text", "a non-empty string", text);
    if (text->size() <= 2)
        return invalid(QByteArrayLiteral("data.text must be a non-empty string, but is empty"));
    // As with ids: short texts need no count.
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

std::optional<Error> readMessage(QByteArrayView data, const DecodeLimits &limits, chat::SendMessage &command)
{
    const DataFields fields(dataFields, data);
    if (auto error = readText(fields, data, limits, command))
        return error;
    if (auto error = readOptionalId(fields, SenderId, command.senderId))
        return error;
    std::optional<ChatId> chat;
    if (auto error = readOptionalId(fields, DataChatId, chat))
        return error;
    if (chat)
        command.chat = *std::move(chat);
    if (auto error = readOptionalId(fields, MessageIdField, command.messageId))
        return error;
    if (auto error = readTyped(fields, Timestamp, Type::String, &command.hasTimestamp))
        return error;
    if (auto error = readTyped(fields, TypeField, Type::String))
        return error;
    return readTyped(fields, Metadata, Type::Object);
}

enum MessageField : std::size_t { ReceiverId, Data };
constexpr std::array messageFields{Field{"receiverId", "receiverId"}, Field{"data", "data"}};

Decoded decodeSendMessage(const Origin &origin, const Event &event, const DecodeLimits &limits)
{
    const auto payload = argument(event, 0);
    if (!payload || json::typeOf(*payload) != Type::Object)
        return wanted("the first argument", "an object {receiverId, data}", payload);
    const Fields fields(messageFields, *payload);
    chat::SendMessage command;
    command.origin = origin;
    std::optional<UserId> receiver;
    if (auto error = readOptionalId(fields, ReceiverId, receiver))
        return *std::move(error);
    if (receiver)
        command.receiver = *std::move(receiver);
    const auto data = fields.find(Data);
    if (!data)
        return data.error();
    if (!*data || json::typeOf(**data) != Type::Object)
        return wanted("data", "an object with a text", *data);
    if (auto error = readMessage(**data, limits, command))
        return *std::move(error);
    if (command.receiver.isEmpty() && command.chat.isEmpty())
        return invalid(joined(
            {"receiverId must be ", idRule, ", but is missing (without it, data.chatId names the chat)"}));
    command.attachments = event.attachments;
    return chat::Command(std::move(command));
}

constexpr std::array chatFields{Field{"chatId", "chatId"}};

Result<ChatId, Error> decodeChatArgument(const Event &event)
{
    const auto payload = argument(event, 0);
    if (!payload || json::typeOf(*payload) != Type::Object)
        return wanted("the first argument", "an object {chatId}", payload);
    const auto chat = Fields(chatFields, *payload).find(0);
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

enum TypingField : std::size_t { TypingReceiver, TypingChat, IsTyping };
constexpr std::array typingFields{Field{"receiverId", "receiverId"}, Field{"chatId", "chatId"},
                                  Field{"isTyping", "isTyping"}};

Decoded decodeTyping(const Origin &origin, const Event &event, const DecodeLimits &)
{
    const auto payload = argument(event, 0);
    if (!payload || json::typeOf(*payload) != Type::Object)
        return wanted("the first argument", "an object {receiverId or chatId, isTyping}", payload);
    const Fields fields(typingFields, *payload);
    std::optional<UserId> receiver;
    if (auto error = readOptionalId(fields, TypingReceiver, receiver))
        return *error;
    std::optional<ChatId> chat;
    if (auto error = readOptionalId(fields, TypingChat, chat))
        return *error;
    if (!receiver && !chat)
        return invalid(QByteArrayLiteral("receiverId or chatId must be given"));
    const auto isTyping = fields.find(IsTyping);
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
