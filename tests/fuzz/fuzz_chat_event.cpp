/// A chat event's way from the text of its packet to a Command, or to an error that can be sent. The first
/// byte is the longest text that passes whole.

#include "FuzzSupport.h"

#include "app/EventDecoder.h"
#include "app/EventEncoder.h"
#include "shared/Limits.h"
#include "socketio/Json.h"
#include "socketio/Packet.h"
#include "support/JsonMembers.h"

#include <QString>

#include <simdjson.h>

#include <type_traits>

using namespace concierge;
using namespace concierge::app;

namespace {

bool isUtf8(const QByteArray &text)
{
    return simdjson::validate_utf8(text.constData(), static_cast<std::size_t>(text.size()));
}

template <class Id>
void checkId(const Id &id)
{
    const QByteArray &text = id.utf8();
    FUZZ_CHECK(isUtf8(text));
    const qsizetype length = QString::fromUtf8("x" + text).size() - 1; // behind an x: Qt eats a leading BOM
    FUZZ_CHECK(length >= 1 && length <= limits::idMaxCharacters);
}

template <class Id>
void checkIfGiven(const Id &id)
{
    if (!id.isEmpty())
        checkId(id);
}

/// The text that a receiver would read: that of the last member of that name.
QByteArray textOf(const QByteArray &data)
{
    QByteArray text;
    for (const json::Member &member : test::members(data)) {
        if (member.keyIs("text"))
            text = member.value.toByteArray();
    }
    return text;
}

void checkMessage(const chat::SendMessage &command, const DecodeLimits &limits)
{
    checkIfGiven(command.receiver);
    checkIfGiven(command.chat);
    FUZZ_CHECK(!command.receiver.isEmpty() || !command.chat.isEmpty());
    if (command.senderId)
        checkId(*command.senderId);
    if (command.messageId)
        checkId(*command.messageId);
    FUZZ_CHECK(json::validate(command.data, json::deepest));
    FUZZ_CHECK(json::typeOf(command.data) == json::Type::Object);
    const QByteArray text = textOf(command.data);
    FUZZ_CHECK(text.size() >= 2 && json::typeOf(text) == json::Type::String);
    const qsizetype length = json::utf16Length(text);
    FUZZ_CHECK(length <= limits.maxTextLength);
    FUZZ_CHECK(!command.truncated || length >= limits.maxTextLength - 1); // half of a pair is left out
}

void checkCommand(const chat::Command &command, const DecodeLimits &limits)
{
    std::visit(
        [&limits](const auto &it) {
            using Type = std::decay_t<decltype(it)>;
            if constexpr (std::is_same_v<Type, chat::SendMessage>)
                checkMessage(it, limits);
            if constexpr (std::is_same_v<Type, chat::NewUser>)
                checkId(it.user);
            if constexpr (std::is_same_v<Type, chat::JoinChat> || std::is_same_v<Type, chat::LeaveChat>)
                checkId(it.chat);
            if constexpr (std::is_same_v<Type, chat::Typing>) {
                checkIfGiven(it.chat);
                checkIfGiven(it.receiver);
                FUZZ_CHECK(!it.chat.isEmpty() || !it.receiver.isEmpty());
            }
            if constexpr (std::is_same_v<Type, chat::MessageRead>) {
                checkIfGiven(it.chat);
                for (const MessageId &id : it.messages)
                    checkId(id);
            }
            if constexpr (requires { it.users; }) {
                for (const UserId &id : it.users)
                    checkId(id);
            }
        },
        command);
}

/// What it is answered with has to be a packet that a client reads.
void checkError(const chat::Origin &origin, QByteArrayView event, const chat::Error &error)
{
    FUZZ_CHECK(error.code == chat::ErrorCode::InvalidPayload && !error.message.isEmpty());
    FUZZ_CHECK(isUtf8(error.message));
    FUZZ_CHECK(json::validate(encodeAck({origin.socket, origin.ackId, event.toByteArray(), error}), 64));
    const QList<transport::Frame> frames = encodeErrorEvent(event, error);
    FUZZ_CHECK(frames.size() == 1 && socketio::decodeText(QByteArrayView(frames[0].data).sliced(1)));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size == 0)
        return 0;
    const DecodeLimits limits{1 + data[0]};
    const std::vector<char> exact(data + 1, data + size); // a sanitizer sees a read beyond it
    const auto packet =
        socketio::decodeText(QByteArrayView(exact.data(), static_cast<qsizetype>(exact.size())));
    const bool isEvent = packet &&
                         (packet->type == socketio::PacketType::Event || packet->attachmentCount > 0) &&
                         !packet->elements.empty() && json::typeOf(packet->elements[0]) == json::Type::String;
    if (!isEvent || packet->depth > limits::jsonMaxDepth)
        return 0;
    const QByteArray name = json::unescape(packet->elements[0]);
    const DecodeEvent decode = findDecoder(name);
    if (!decode)
        return 0;
    const QList<QByteArray> attachments(packet->attachmentCount, "bytes");
    const socketio::Event event{
        name, {packet->elements.begin() + 1, packet->elements.end()}, attachments, packet->id, packet->depth};
    const chat::Origin origin{{0, 1}, packet->id};
    const Decoded command = decode(origin, event, limits);
    if (command)
        checkCommand(*command, limits);
    else
        checkError(origin, name, command.error());
    return 0;
}
