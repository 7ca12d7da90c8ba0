#include "app/EventDecoder.h"
#include "socketio/Json.h"

#include <QTest>

using namespace concierge;
using namespace concierge::app;

namespace {

/// What the decoder answers to `arguments`, the JSON array of an event's arguments.
Decoded decode(QByteArrayView name, QByteArrayView arguments, DecodeLimits limits = {})
{
    static const QList<QByteArray> none;
    socketio::Event event{name, json::elements(arguments), none, 7};
    const chat::Origin origin{{0, 1}, 7};
    return findDecoder(name)(origin, event, limits);
}

QByteArray longId(int length)
{
    return '"' + QByteArray(length, 'x') + '"';
}

} // namespace

class TestEventDecoder : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void unknownEvent_hasNoDecoder() { QVERIFY(findDecoder("nonsense") == nullptr); }

    void badInput_isInvalidPayload_data()
    {
        QTest::addColumn<QByteArray>("event");
        QTest::addColumn<QByteArray>("arguments");
        QTest::addColumn<QByteArray>("named"); // what the message must name

        const auto row = [](const char *event, const QByteArray &arguments, const char *named) {
            QTest::addRow("%s%s", event, arguments.left(60).constData())
                << QByteArray(event) << arguments << QByteArray(named);
        };
        for (const char *value : {"null", "true", "[]", "{}", "\"\""})
            row("newUser", '[' + QByteArray(value) + ']', "userId");
        row("newUser", "[]", "userId");
        row("newUser", '[' + longId(129) + ']', "129");
        for (const char *half : {"\\ud800", "\\udfff", "\\ude00\\ud83d", "x\\ud83dx"})
            row("newUser", "[\"" + QByteArray(half) + "\"]", "surrogate");
        row("newUser", "[\"ann\",3]", "options");
        row("newUser", "[\"ann\",{\"presence\":\"some\"}]", "options.presence");
        row("newUser", "[\"ann\",{\"presence\":null}]", "options.presence");
        for (const char *value : {"null", "1", "\"true\"", "[]", "{}"})
            row("newUser", "[\"ann\",{\"acks\":" + QByteArray(value) + "}]", "options.acks");
        row("newUser", "[\"ann\",{\"acks\":true,\"acks\":false}]", "twice");
        for (const char *value : {"null", "1", "\"x\"", "[]", "true"}) {
            row("sendMessage", '[' + QByteArray(value) + ']', "first argument");
            row("joinChat", '[' + QByteArray(value) + ']', "first argument");
            row("leaveChat", '[' + QByteArray(value) + ']', "first argument");
            row("typing", '[' + QByteArray(value) + ']', "first argument");
            row("messageRead", '[' + QByteArray(value) + ']', "first argument");
        }
        row("sendMessage", "[]", "first argument");
        row("sendMessage", "[{\"receiverId\":\"bob\"}]", "data");
        row("sendMessage", "[{\"receiverId\":\"bob\",\"data\":[]}]", "data");
        row("sendMessage", "[{\"receiverId\":\"bob\",\"data\":{}}]", "data.text");
        row("sendMessage", "[{\"receiverId\":\"bob\",\"data\":{\"text\":\"\"}}]", "data.text");
        row("sendMessage", "[{\"receiverId\":\"bob\",\"data\":{\"text\":5}}]", "data.text");
        row("sendMessage", "[{\"receiverId\":\"bob\",\"data\":{\"text\":\"a\",\"text\":\"b\"}}]", "twice");
        row("sendMessage", "[{\"receiverId\":null,\"data\":{\"text\":\"a\"}}]", "receiverId");
        row("sendMessage", "[{\"receiverId\":\"\",\"data\":{\"text\":\"a\"}}]", "receiverId");
        row("sendMessage", "[{\"data\":{\"text\":\"a\"}}]", "receiverId");
        row("sendMessage", "[{\"receiverId\":" + longId(129) + ",\"data\":{\"text\":\"a\"}}]", "receiverId");
        for (const char *field : {"senderId", "chatId", "messageId"}) {
            for (const char *value : {"null", "{}", "[]", "true", "\"\""}) {
                row("sendMessage",
                    "[{\"receiverId\":\"bob\",\"data\":{\"text\":\"a\",\"" + QByteArray(field) +
                        "\":" + value + "}}]",
                    field);
            }
        }
        row("sendMessage", "[{\"receiverId\":\"b\",\"data\":{\"text\":\"a\",\"timestamp\":1}}]",
            "data.timestamp");
        row("sendMessage", "[{\"receiverId\":\"b\",\"data\":{\"text\":\"a\",\"type\":1}}]", "data.type");
        row("sendMessage", "[{\"receiverId\":\"b\",\"data\":{\"text\":\"a\",\"metadata\":[]}}]",
            "data.metadata");
        row("sendMessage", "[{\"receiverId\":\"b\",\"data\":{\"te\\u0078t\":\"\"}}]", "data.text");
        row("joinChat", "[{}]", "chatId");
        row("joinChat", "[{\"chatId\":{}}]", "chatId");
        row("messageRead", "[]", "first argument");
        row("messageRead", "[{}]", "messageIds");
        row("messageRead", "[{\"chatId\":\"c\"}]", "messageIds");
        for (const char *value : {"null", "1", "\"m\"", "{}", "true"})
            row("messageRead", "[{\"messageIds\":" + QByteArray(value) + "}]", "messageIds must be an array");
        for (const char *value : {"null", "{}", "[]", "true", "\"\""}) {
            row("messageRead", "[{\"messageIds\":[\"m\"," + QByteArray(value) + "]}]", "each message id");
            row("messageRead", "[{\"messageIds\":[\"m\"],\"chatId\":" + QByteArray(value) + "}]", "chatId");
        }
        row("messageRead", "[{\"messageIds\":[" + longId(129) + "]}]", "129");
        row("messageRead", "[{\"messageIds\":[\"m\"],\"chatId\":" + longId(129) + "}]", "129");
        row("messageRead", "[{\"messageIds\":[\"\\ud800\"]}]", "surrogate");
        row("messageRead", "[{\"messageIds\":[\"m\"],\"messageIds\":[\"n\"]}]", "twice");
        row("messageRead", "[{\"messageIds\":[],\"chatId\":\"c\",\"chatId\":\"d\"}]", "twice");
        row("typing", "[{\"isTyping\":true}]", "receiverId");
        row("typing", "[{\"receiverId\":\"b\"}]", "isTyping");
        row("typing", "[{\"receiverId\":\"b\",\"isTyping\":1}]", "isTyping");
        for (const char *value : {"null", "\"away\"", "1", "{}"})
            row("setStatus", '[' + QByteArray(value) + ']', "status");
        for (const char *event : {"getPresence", "watchPresence", "unwatchPresence"}) {
            row(event, "[]", "array");
            row(event, "[\"ann\"]", "array");
            row(event, "[[null]]", "user id");
            row(event, "[[\"\"]]", "user id");
        }
    }
    void badInput_isInvalidPayload()
    {
        QFETCH(QByteArray, event);
        QFETCH(QByteArray, arguments);
        QFETCH(QByteArray, named);
        const Decoded decoded = decode(event, arguments);
        QVERIFY(!decoded.hasValue());
        QCOMPARE(decoded.error().code, chat::ErrorCode::InvalidPayload);
        QVERIFY2(decoded.error().message.contains(named), decoded.error().message.constData());
    }

    void ids_atTheirLimits_areTaken_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QByteArray>("id");
        QTest::newRow("one character") << QByteArray("\"a\"") << QByteArray("a");
        QTest::newRow("128 characters") << longId(128) << QByteArray(128, 'x');
        QTest::newRow("number") << QByteArray("42") << QByteArray("42");
        QTest::newRow("big number") << QByteArray("123456789012345678901234567890")
                                    << QByteArray("123456789012345678901234567890");
        QTest::newRow("escapes") << QByteArray("\"\\u00e9\\n\"") << QByteArray("é\n");
        QTest::newRow("escaped pair") << QByteArray(R"("\ud83d\ude00")") << QByteArray("😀");
        QTest::newRow("64 emoji are 128 units")
            << '"' + QByteArray("😀").repeated(64) + '"' << QByteArray("😀").repeated(64);
    }
    void ids_atTheirLimits_areTaken()
    {
        QFETCH(QByteArray, json);
        QFETCH(QByteArray, id);
        const Decoded decoded = decode("newUser", '[' + json + ']');
        QVERIFY(decoded.hasValue());
        QCOMPARE(std::get<chat::NewUser>(*decoded).user.utf8(), id);
    }

    void newUser_readsPresenceMode()
    {
        const auto mode = [](QByteArrayView arguments) {
            return std::get<chat::NewUser>(*decode("newUser", arguments)).presence;
        };
        QCOMPARE(mode("[\"ann\"]"), chat::PresenceMode::List);
        QCOMPARE(mode("[\"ann\",null]"), chat::PresenceMode::List);
        QCOMPARE(mode("[\"ann\",{\"presence\":\"changes\"}]"), chat::PresenceMode::Changes);
        QCOMPARE(mode("[\"ann\",{\"presence\":\"none\",\"more\":1}]"), chat::PresenceMode::None);
    }

    void newUser_readsWhetherTheClientAnswersMessages()
    {
        const auto acknowledges = [](QByteArrayView arguments) {
            return std::get<chat::NewUser>(*decode("newUser", arguments)).acknowledges;
        };
        QVERIFY(!acknowledges("[\"ann\"]"));
        QVERIFY(!acknowledges("[\"ann\",null]"));
        QVERIFY(!acknowledges("[\"ann\",{}]"));
        QVERIFY(!acknowledges("[\"ann\",{\"acks\":false}]"));
        QVERIFY(acknowledges("[\"ann\",{\"acks\":true}]"));
        const Decoded both = decode("newUser", "[\"ann\",{\"presence\":\"none\",\"acks\":true}]");
        QVERIFY(std::get<chat::NewUser>(*both).acknowledges);
        QCOMPARE(std::get<chat::NewUser>(*both).presence, chat::PresenceMode::None);
    }

    void messageRead_readsIdsInTheirOrder_data()
    {
        QTest::addColumn<QByteArray>("payload");
        QTest::addColumn<QByteArray>("chat");
        QTest::addColumn<QByteArrayList>("ids");
        QTest::newRow("one") << QByteArray("{\"messageIds\":[\"m\"]}") << QByteArray() << QByteArrayList{"m"};
        QTest::newRow("of a chat") << QByteArray("{\"chatId\":\"c\",\"messageIds\":[\"m\",\"a\",\"m\"]}")
                                   << QByteArray("c") << QByteArrayList{"m", "a", "m"};
        QTest::newRow("none") << QByteArray("{\"messageIds\":[]}") << QByteArray() << QByteArrayList();
        QTest::newRow("numbers") << QByteArray("{\"messageIds\":[42,\"\\u00e9\"],\"chatId\":7}")
                                 << QByteArray("7") << QByteArrayList{"42", "é"};
        QTest::newRow("at their limits")
            << "{\"messageIds\":[" + longId(128) + "],\"chatId\":" + longId(128) + '}' << QByteArray(128, 'x')
            << QByteArrayList{QByteArray(128, 'x')};
        QTest::newRow("with more than is asked for")
            << QByteArray("{\"at\":1,\"messageIds\":[\"m\"],\"data\":{\"chatId\":\"d\"}}") << QByteArray()
            << QByteArrayList{"m"};
        QTest::newRow("escaped key") << QByteArray("{\"messag\\u0065Ids\":[\"m\"]}") << QByteArray()
                                     << QByteArrayList{"m"};
    }
    void messageRead_readsIdsInTheirOrder()
    {
        QFETCH(QByteArray, payload);
        QFETCH(QByteArray, chat);
        QFETCH(QByteArrayList, ids);
        const Decoded decoded = decode("messageRead", '[' + payload + ']');
        QVERIFY(decoded.hasValue());
        const auto &command = std::get<chat::MessageRead>(*decoded);
        QCOMPARE(command.origin, (chat::Origin{{0, 1}, 7}));
        QCOMPARE(command.chat, ChatId(chat));
        QByteArrayList read;
        for (const MessageId &id : command.messages)
            read.append(id.utf8());
        QCOMPARE(read, ids);
    }

    void sendMessage_keepsTheSendersBytes()
    {
        const QByteArray data = R"({"b":1.0,"text":"h\u00e9 \ud83d","a":12345678901234567890,)"
                                R"("chatId":"c","x":{"y":[ 1 , 2 ]},"timestamp":"t","n":1e400})";
        const Decoded decoded = decode("sendMessage", "[{\"receiverId\":\"bob\",\"data\":" + data + "}]");
        QVERIFY(decoded.hasValue());
        const auto &command = std::get<chat::SendMessage>(*decoded);
        QCOMPARE(command.data, data);
        QCOMPARE(command.receiver, UserId("bob"));
        QCOMPARE(command.chat, ChatId("c"));
        QVERIFY(command.hasTimestamp);
        QVERIFY(!command.truncated);
        QVERIFY(!command.messageId);
        QVERIFY(!command.senderId);
    }

    void sendMessage_cutsLongText_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("kept");
        const QByteArray thousand(1000, 'x');
        const QByteArray almost(999, 'x');
        QTest::newRow("1000 units stay") << thousand << thousand;
        QTest::newRow("1001 units are cut") << thousand + 'y' << thousand;
        QTest::newRow("emoji across the limit goes whole") << almost + "😀" << almost;
        QTest::newRow("escaped emoji across the limit goes whole") << almost + "\\ud83d\\ude00" << almost;
        QTest::newRow("1000 escapes stay")
            << QByteArray("\\n").repeated(1000) << QByteArray("\\n").repeated(1000);
        QTest::newRow("an escape past the limit goes whole") << thousand + "\\u00e9" << thousand;
        QTest::newRow("500 emoji stay") << QByteArray("😀").repeated(500) << QByteArray("😀").repeated(500);
    }
    void sendMessage_cutsLongText()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, kept);
        const Decoded decoded = decode("sendMessage", "[{\"receiverId\":\"b\",\"data\":{\"a\":1,\"text\":\"" +
                                                          text + "\",\"z\":2}}]");
        QVERIFY(decoded.hasValue());
        const auto &command = std::get<chat::SendMessage>(*decoded);
        QCOMPARE(command.data, "{\"a\":1,\"text\":\"" + kept + "\",\"z\":2}");
        QCOMPARE(command.truncated, kept != text);
    }
};

QTEST_GUILESS_MAIN(TestEventDecoder)
#include "tst_event_decoder.moc"
