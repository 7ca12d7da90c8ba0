#include "app/EventEncoder.h"

#include <QTest>

using namespace concierge;
using namespace concierge::app;
using chat::Push;

// The slots stand outside the class: moc loses count of braces in raw strings.
class TestEventEncoder : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isoTimestamp_hasMillisecondsAndZone_data();
    void isoTimestamp_hasMillisecondsAndZone();
    void pushes_areEncodedAsTheContractSays_data();
    void pushes_areEncodedAsTheContractSays();
    void offset_isTheLastArgumentOfWhatIsOfAStream_data();
    void offset_isTheLastArgumentOfWhatIsOfAStream();
    void getMessage_withAttachments_isABinaryEvent();
    void message_isTheArgumentOfGetMessage();
    void acks_areEncodedAsTheContractSays_data();
    void acks_areEncodedAsTheContractSays();
    void errorEvent_namesTheEvent();
};

void TestEventEncoder::isoTimestamp_hasMillisecondsAndZone_data()
{
    QTest::addColumn<qint64>("ms");
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("epoch") << qint64(0) << QByteArray("1970-01-01T00:00:00.000Z");
    QTest::newRow("leap day") << qint64(1709210096789) << QByteArray("2024-02-29T12:34:56.789Z");
    QTest::newRow("last ms of a year") << qint64(1735689599999) << QByteArray("2024-12-31T23:59:59.999Z");
}

void TestEventEncoder::isoTimestamp_hasMillisecondsAndZone()
{
    QFETCH(qint64, ms);
    QFETCH(QByteArray, text);
    QCOMPARE(isoTimestamp(Milliseconds(ms)), text);
}

void TestEventEncoder::pushes_areEncodedAsTheContractSays_data()
{
    QTest::addColumn<QByteArray>("frame");
    QTest::addColumn<int>("which");
    QTest::newRow("getMessage, nothing missing") << QByteArray(R"(42["getMessage",{"text":"hi"}])") << 0;
    QTest::newRow("getMessage, all completed")
        << QByteArray(R"(42["getMessage",{"text":"hi","senderId":"a\"b",)"
                      R"("timestamp":"1970-01-01T00:00:00.000Z","messageId":"m"}])")
        << 1;
    QTest::newRow("messageSent") << QByteArray(
                                        R"(42["messageSent",{"receiverId":"bob","data":{"text":"hi"}}])")
                                 << 2;
    QTest::newRow("messageSent to a chat") << QByteArray(R"(42["messageSent",{"data":{"text":"hi"}}])") << 3;
    QTest::newRow("getOnlineUsers") << QByteArray(R"(42["getOnlineUsers",["ann","bob"]])") << 4;
    QTest::newRow("getOnlineUsers, none") << QByteArray(R"(42["getOnlineUsers",[]])") << 5;
    QTest::newRow("userStatus")
        << QByteArray(
               R"(42["userStatus",{"userId":"ann","status":"idle","lastSeen":"1970-01-01T00:00:00.001Z"}])")
        << 6;
    QTest::newRow("typing to a user") << QByteArray(R"(42["typing",{"userId":"ann","isTyping":true}])") << 7;
    QTest::newRow("typing in a chat")
        << QByteArray(R"(42["typing",{"userId":"ann","chatId":"c","isTyping":false}])") << 8;
    const auto status = [](QByteArrayView between, QByteArrayView state) {
        return R"(42["messageStatus",{"messageId":"m\"n")" + between.toByteArray() +
               R"(,"receiverId":"b\"c","status":")" + state.toByteArray() +
               R"(","timestamp":"1970-01-01T00:00:00.007Z"}])";
    };
    QTest::newRow("messageStatus, stored") << status("", "stored") << 9;
    QTest::newRow("messageStatus, delivered") << status("", "delivered") << 10;
    QTest::newRow("messageStatus, read in a chat") << status(R"(,"chatId":"c\\d")", "read") << 11;
    QTest::newRow("messageStatus, expired") << status("", "expired") << 12;
}

void TestEventEncoder::pushes_areEncodedAsTheContractSays()
{
    QFETCH(QByteArray, frame);
    QFETCH(int, which);
    chat::Message plain;
    plain.data = R"({"text":"hi"})";
    chat::Message bare = plain;
    bare.sender = UserId("a\"b");
    bare.id = MessageId("m");
    bare.appendSenderId = bare.appendTimestamp = bare.appendMessageId = true;
    const auto shared = [](const chat::Message &message) {
        return std::make_shared<const chat::Message>(message);
    };
    const auto users = [](std::vector<UserId> list) {
        return std::make_shared<const std::vector<UserId>>(std::move(list));
    };
    const auto status = [](chat::MessageState state, const char *chatId = "") {
        return chat::MessageStatus{std::make_shared<const chat::Receipt>(
            chat::Receipt{MessageId("m\"n"), ChatId(chatId), UserId("b\"c"), state, Milliseconds(7)})};
    };
    const std::vector<Push> pushes{
        chat::GetMessage{shared(plain)},
        chat::GetMessage{shared(bare)},
        chat::MessageSent{UserId("bob"), shared(plain)},
        chat::MessageSent{UserId(), shared(plain)},
        chat::OnlineUsers{users({UserId("ann"), UserId("bob")})},
        chat::OnlineUsers{users({})},
        chat::UserStatus{{UserId("ann"), chat::Status::Idle, Milliseconds(1)}},
        chat::TypingPush{UserId("ann"), ChatId(), true},
        chat::TypingPush{UserId("ann"), ChatId("c"), false},
        status(chat::MessageState::Stored),
        status(chat::MessageState::Delivered),
        status(chat::MessageState::Read, "c\\d"),
        status(chat::MessageState::Expired),
    };
    const auto frames = encodePush(pushes[static_cast<std::size_t>(which)]);
    QCOMPARE(frames.size(), 1);
    QCOMPARE(frames.front().data, frame);
}

void TestEventEncoder::offset_isTheLastArgumentOfWhatIsOfAStream_data()
{
    QTest::addColumn<QByteArray>("end"); // of the only text frame
    QTest::addColumn<int>("which");
    QTest::newRow("getMessage") << QByteArray(R"({"text":"hi"},"AB-_"])") << 0;
    QTest::newRow("messageSent") << QByteArray(R"({"data":{"text":"hi"}},"AB-_"])") << 1;
    QTest::newRow("messageStatus") << QByteArray(R"("timestamp":"1970-01-01T00:00:00.000Z"},"AB-_"])") << 2;
    QTest::newRow("getOnlineUsers") << QByteArray(R"(["ann"],"AB-_"])") << 3;
    // Of no stream: a client that kept the offset of one of these would miss what came before.
    QTest::newRow("userStatus") << QByteArray(R"("lastSeen":null}])") << 4;
    QTest::newRow("typing") << QByteArray(R"("isTyping":true}])") << 5;
}

void TestEventEncoder::offset_isTheLastArgumentOfWhatIsOfAStream()
{
    QFETCH(QByteArray, end);
    QFETCH(int, which);
    chat::Message plain;
    plain.data = R"({"text":"hi"})";
    const auto message = std::make_shared<const chat::Message>(plain);
    const std::vector<Push> pushes{
        chat::GetMessage{message},
        chat::MessageSent{UserId(), message},
        chat::MessageStatus{std::make_shared<const chat::Receipt>()},
        chat::OnlineUsers{std::make_shared<const std::vector<UserId>>(1, UserId("ann"))},
        chat::UserStatus{{UserId("ann"), chat::Status::Online, std::nullopt}},
        chat::TypingPush{UserId("ann"), ChatId(), true},
    };
    const auto frames = encodePush(pushes[static_cast<std::size_t>(which)], "AB-_");
    QCOMPARE(frames.size(), 1);
    QVERIFY2(frames.front().data.endsWith(end), frames.front().data.constData());
}

void TestEventEncoder::message_isTheArgumentOfGetMessage()
{
    chat::Message message;
    message.data = R"({"text":"hi","file":{"_placeholder":true,"num":0}})";
    message.attachments = {QByteArray("\x01")};
    message.sender = UserId("ann");
    message.id = MessageId("m");
    message.appendSenderId = message.appendTimestamp = message.appendMessageId = true;
    const auto frames = encodePush(chat::GetMessage{std::make_shared<const chat::Message>(message)});
    const QByteArray expected = R"(451-["getMessage",)" + encodeMessage(message) + ']';
    QCOMPARE(frames.front().data, expected);
}

void TestEventEncoder::getMessage_withAttachments_isABinaryEvent()
{
    chat::Message message;
    message.data = R"({"text":"hi","file":{"_placeholder":true,"num":0}})";
    message.attachments = {QByteArray("\x01\x02")};
    const auto frames = encodePush(chat::GetMessage{std::make_shared<const chat::Message>(message)});
    QCOMPARE(frames.size(), 2);
    const QByteArray expected(R"(451-["getMessage",{"text":"hi","file":{"_placeholder":true,"num":0}}])");
    QCOMPARE(frames[0].data, expected);
    QCOMPARE(frames[1], (transport::Frame{transport::FrameKind::Binary, QByteArray("\x01\x02")}));

    const auto marked = encodePush(chat::GetMessage{std::make_shared<const chat::Message>(message)}, "AB-_");
    QCOMPARE(marked.size(), 2);
    QCOMPARE(marked[0].data, expected.chopped(1) + R"(,"AB-_"])");
    QCOMPARE(marked[1], frames[1]);
}

void TestEventEncoder::acks_areEncodedAsTheContractSays_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<int>("which");
    QTest::newRow("newUser") << QByteArray(R"({"ok":true,"userId":"ann","pending":3})") << 0;
    QTest::newRow("sendMessage")
        << QByteArray(
               R"({"ok":true,"messageId":"m","timestamp":"1970-01-01T00:00:00.000Z","status":"delivered"})")
        << 1;
    QTest::newRow("sendMessage, cut and stored")
        << QByteArray(
               R"({"ok":true,"messageId":"m","timestamp":"1970-01-01T00:00:00.000Z","status":"stored",)"
               R"("truncated":true})")
        << 2;
    QTest::newRow("sendMessage, once more")
        << QByteArray(
               R"({"ok":true,"messageId":"m","timestamp":"1970-01-01T00:00:00.000Z","status":"stored",)"
               R"("truncated":true,"duplicate":true})")
        << 7;
    QTest::newRow("messageRead") << QByteArray(R"({"ok":true,"count":0})") << 8;
    QTest::newRow("messageRead, many") << QByteArray(R"({"ok":true,"count":12345678901})") << 9;
    QTest::newRow("joinChat") << QByteArray(R"({"ok":true,"members":["ann"]})") << 3;
    QTest::newRow("getPresence")
        << QByteArray(R"({"ok":true,"users":[{"userId":"bob","status":"offline","lastSeen":null}]})") << 4;
    QTest::newRow("typing") << QByteArray(R"({"ok":true})") << 5;
    QTest::newRow("error") << QByteArray(
                                  R"({"ok":false,"error":{"code":"inbox_full","message":"say \"no\""}})")
                           << 6;
}

void TestEventEncoder::acks_areEncodedAsTheContractSays()
{
    QFETCH(QByteArray, json);
    QFETCH(int, which);
    std::vector<chat::Reply> replies(10);
    replies[0].result = chat::Registered{UserId("ann"), 3};
    replies[1].result = chat::MessageTaken{MessageId("m"), {}, chat::SendOutcome::Delivered, false};
    replies[2].result = chat::MessageTaken{MessageId("m"), {}, chat::SendOutcome::Stored, true};
    replies[3].result = chat::Members{{UserId("ann")}};
    replies[4].result = chat::Presences{{{UserId("bob"), chat::Status::Offline, std::nullopt}}};
    replies[5].result = chat::Done{};
    replies[6].result = chat::Error{chat::ErrorCode::InboxFull, "say \"no\""};
    replies[7].result = chat::MessageTaken{MessageId("m"), {}, chat::SendOutcome::Stored, true, true};
    replies[8].result = chat::ReadCount{0};
    replies[9].result = chat::ReadCount{12'345'678'901};
    QCOMPARE(encodeAck(replies[static_cast<std::size_t>(which)]), json);
}

void TestEventEncoder::errorEvent_namesTheEvent()
{
    const auto frames = encodeErrorEvent("no\"pe", {chat::ErrorCode::UnknownEvent, "there is none"});
    const QByteArray expected(R"(42["errorEvent",{"event":"no\"pe","code":"unknown_event",)"
                              R"("message":"there is none"}])");
    QCOMPARE(frames.front().data, expected);
}

QTEST_GUILESS_MAIN(TestEventEncoder)
#include "tst_event_encoder.moc"
