#include "app/EventDecoder.h"

#include "app/EventFields.h"

#include <array>

namespace concierge::app {

using namespace fields;
using chat::Origin;

namespace {

enum OptionField : std::size_t { Presence, Acks };
constexpr std::array optionFields{Field{"options.presence", "presence"}, Field{"options.acks", "acks"}};

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
    const Fields fields(optionFields, *options);
    const auto acks = fields.find(Acks);
    if (!acks)
        return acks.error();
    if (*acks) {
        const Type type = json::typeOf(**acks);
        if (type != Type::True && type != Type::False)
            return wanted("options.acks", "true or false", *acks);
        command.acknowledges = type == Type::True;
    }
    const auto presence = fields.find(Presence);
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

} // namespace

std::optional<Error> readMessageData(QByteArrayView data, const DecodeLimits &limits,
                                     chat::SendMessage &command)
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

namespace {

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
    if (auto error = readMessageData(**data, limits, command))
        return *std::move(error);
    if (command.receiver.isEmpty() && command.chat.isEmpty())
        return invalid(joined(
            {"receiverId must be ", idRule, ", but is missing (without it, data.chatId names the chat)"}));
    command.attachments = event.attachments;
    return chat::Command(std::move(command));
}

enum ReadField : std::size_t { ReadChat, ReadMessages };
constexpr std::array readFields{Field{"chatId", "chatId"}, Field{"messageIds", "messageIds"}};

Decoded decodeMessageRead(const Origin &origin, const Event &event, const DecodeLimits &)
{
    const auto payload = argument(event, 0);
    if (!payload || json::typeOf(*payload) != Type::Object)
        return wanted("the first argument", "an object {chatId?, messageIds}", payload);
    const Fields fields(readFields, *payload);
    std::optional<ChatId> chat;
    if (auto error = readOptionalId(fields, ReadChat, chat))
        return *error;
    const auto list = fields.find(ReadMessages);
    if (!list)
        return list.error();
    auto messages = decodeIds<MessageId>("messageIds", "an array of message ids", "each message id", *list);
    if (!messages)
        return messages.error();
    return chat::Command(chat::MessageRead{origin, chat.value_or(ChatId()), std::move(messages).value()});
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
    auto users =
        decodeIds<UserId>("the first argument", "an array of user ids", "each user id", argument(event, 0));
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
    Row{"messageRead", decodeMessageRead},
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
