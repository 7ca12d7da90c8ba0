#include "GatewayFixture.h"

#include <QTest>

using namespace concierge;
using concierge::test::getMessage;
using concierge::test::only;
using concierge::test::unmarked;
using Fixture = test::GatewayFixture;

namespace {

chat::StreamMark mark(qint64 order, bool needsProof = true)
{
    return {UserId("ann"), {order, order, {}}, needsProof};
}

chat::Delivery message(std::vector<chat::SocketRef> targets, const QByteArray &data, qint64 order)
{
    return {std::move(targets), getMessage(data), mark(order)};
}

bool isProven(const std::vector<chat::Command> &commands, const chat::SocketRef &socket, qint64 order)
{
    const auto *proof = only<chat::SocketProven>(commands);
    return proof && proof->socket == socket && proof->order == order;
}

/// The offset that ends a text frame's arguments; null where they end in something else.
QByteArray offsetIn(const QByteArray &frame)
{
    const auto arguments = json::elements(QByteArrayView(frame).sliced(frame.indexOf('[')));
    return json::typeOf(arguments.back()) == json::Type::String ? json::unescape(arguments.back())
                                                                : QByteArray();
}

} // namespace

// The slots stand outside the class: moc loses count of braces in raw strings.
class TestChatGatewayProof : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void mark_thatNeedsProof_asksEverySessionForOne();
    void proof_isAskedForBehindTheMessage();
    void proven_isToldWithItsOrder();
    void proven_comesInTheOrderOfWhatElseTheClientSaid();
    void offset_isTheLastArgumentAndTheUsersAlone_data();
    void offset_isTheLastArgumentAndTheUsersAlone();
    void noOffset_whereNothingOfAStreamIsSent();
    void noOffset_withoutRecovery_butProof();
    void acks_eachMessageAsksForOne_whichIsTheProof();
    void acks_areAskedOfMessagesOnly();
    void acks_ofAMessageWithAttachments();
    void acks_lastAsLongAsTheLatestRegistrationSays();
    void acks_areAskedOfARecoveredSocketToo();
    void acks_ofSomeoneGone_proveNothing();
    void droppedMessage_isNotAskedFor();
};

void TestChatGatewayProof::mark_thatNeedsProof_asksEverySessionForOne()
{
    Fixture f;
    f.gateway.deliver({message(f.sockets, R"({"text":"hi"})", 7)});
    QCOMPARE(f.ann.proofMarks, QList<quint64>{7});
    QCOMPARE(f.bob.proofMarks, QList<quint64>{7});
    f.gateway.deliver(
        {chat::Delivery{{f.sockets[0]}, getMessage(R"({"text":"hi"})"), mark(8, false)},
         unmarked({f.sockets[0]}, chat::TypingPush{UserId("bob"), {}, true}),
         message({f.sockets[1]}, R"({"text":"hi"})", (qint64(1) << 53) + 1)}); // more than a double holds
    QCOMPARE(f.ann.proofMarks, QList<quint64>{7});
    QCOMPARE(f.bob.proofMarks, (QList<quint64>{7, (quint64(1) << 53) + 1}));
}

void TestChatGatewayProof::proof_isAskedForBehindTheMessage()
{
    Fixture f;
    f.gateway.deliver({message({f.sockets[0]}, R"({"text":"hi"})", 7)});
    QCOMPARE(f.ann.sentAtProofs, QList<qsizetype>{1});
}

void TestChatGatewayProof::proven_isToldWithItsOrder()
{
    Fixture f;
    f.gateway.deliver({message(f.sockets, R"({"text":"hi"})", 7)});
    f.bob.prove(7);
    QVERIFY(isProven(f.takeCommands(), f.sockets[1], 7));
    f.ann.prove((quint64(1) << 53) + 1);
    QVERIFY(isProven(f.takeCommands(), f.sockets[0], (qint64(1) << 53) + 1));
}

void TestChatGatewayProof::proven_comesInTheOrderOfWhatElseTheClientSaid()
{
    Fixture f;
    f.ann.receive(R"(20["setStatus","idle"])");
    f.ann.prove(7);
    f.ann.receive(R"(21["setStatus","active"])");
    const std::vector<chat::Command> commands = f.takeCommands();
    QCOMPARE(commands.size(), 3U);
    QVERIFY(std::holds_alternative<chat::SocketProven>(commands[1]));
}

void TestChatGatewayProof::offset_isTheLastArgumentAndTheUsersAlone_data()
{
    QTest::addColumn<int>("which");
    QTest::newRow("getMessage") << 0;
    QTest::newRow("getMessage with an attachment") << 1;
    QTest::newRow("messageSent") << 2;
    QTest::newRow("messageStatus") << 3;
    QTest::newRow("getOnlineUsers") << 4;
}

void TestChatGatewayProof::offset_isTheLastArgumentAndTheUsersAlone()
{
    QFETCH(int, which);
    chat::Message binary;
    binary.data = R"({"text":"hi","file":{"_placeholder":true,"num":0}})";
    binary.attachments = {QByteArray("\x01")};
    const std::vector<chat::Push> pushes{
        getMessage(R"({"text":"hi"})"),
        chat::GetMessage{std::make_shared<const chat::Message>(binary)},
        chat::MessageSent{UserId("bob"), getMessage(R"({"text":"hi"})").message},
        chat::MessageStatus{std::make_shared<const chat::Receipt>()},
        chat::OnlineUsers{std::make_shared<const std::vector<UserId>>(std::vector<UserId>{UserId("a")})},
    };
    const chat::Offset offset{41, 17, {3, 5}};
    Fixture f;
    f.gateway.deliver({chat::Delivery{f.sockets, pushes[static_cast<std::size_t>(which)],
                                      chat::StreamMark{UserId("ann"), offset, true}}});
    const QByteArray text = offsetIn(f.ann.sent.at(0).data);
    const chat::OffsetCodec codec(Fixture::secret);
    const auto decoded = codec.decode(text, UserId("ann"));
    QVERIFY2(decoded, f.ann.sent.at(0).data.constData());
    QCOMPARE(*decoded, offset);
    QVERIFY(!codec.decode(text, UserId("bob")));
    QVERIFY(!chat::OffsetCodec("another installation's").decode(text, UserId("ann")));
    QVERIFY(f.ann.sent[0].data.isSharedWith(f.bob.sent.at(0).data)); // encoded once
}

// The official client takes any string at the end of an event for its offset.
void TestChatGatewayProof::noOffset_whereNothingOfAStreamIsSent()
{
    Fixture f;
    const chat::SocketRef ann = f.sockets[0];
    const chat::UserPresence presence{UserId("bob"), chat::Status::Idle, {}};
    f.gateway.deliver({unmarked({ann}, chat::TypingPush{UserId("bob"), {}, true}),
                       unmarked({ann}, chat::UserStatus{presence}),
                       unmarked({ann}, chat::OnlineUsers{std::make_shared<const std::vector<UserId>>()}),
                       unmarked({ann}, getMessage(R"({"text":"hi"})")),
                       chat::Reply{ann, {}, "setStatus", chat::Error{chat::ErrorCode::NotRegistered, "no"}}});
    QCOMPARE(f.ann.sent.size(), 5);
    for (const transport::Frame &frame : f.ann.sent)
        QVERIFY2(offsetIn(frame.data).isNull(), frame.data.constData());
}

void TestChatGatewayProof::noOffset_withoutRecovery_butProof()
{
    Fixture f(false);
    f.gateway.deliver({message({f.sockets[0]}, R"({"text":"hi"})", 7)});
    QCOMPARE(f.ann.takeSent(), QList<QByteArray>{R"(42["getMessage",{"text":"hi"}])"});
    QCOMPARE(f.ann.proofMarks, QList<quint64>{7});
}

void TestChatGatewayProof::acks_eachMessageAsksForOne_whichIsTheProof()
{
    Fixture f;
    const chat::SocketRef ann = f.sockets[0];
    QVERIFY(only<chat::NewUser>(f.commandsOf(R"(2["newUser","ann",{"acks":true}])"))->acknowledges);
    f.gateway.deliver({message(f.sockets, R"({"text":"1"})", 7), message({ann}, R"({"text":"2"})", 9)});
    // With an id and without an offset, which the client would not keep.
    QCOMPARE(f.ann.takeSent(),
             (QList<QByteArray>{R"(420["getMessage",{"text":"1"}])", R"(421["getMessage",{"text":"2"}])"}));
    QVERIFY(!offsetIn(f.bob.takeSent().at(0)).isNull()); // bob did not ask for that
    QCOMPARE(f.ann.proofMarks, (QList<quint64>{7, 9}));  // its word is welcome, and not needed

    QVERIFY(isProven(f.commandsOf("30[]"), ann, 7));
    QVERIFY(isProven(f.commandsOf(R"(31["whatever",{}])"), ann, 9));
    QVERIFY(f.commandsOf("31[]").empty()); // once
    QVERIFY(f.commandsOf("35[]").empty()); // never asked for
    QVERIFY(!f.ann.closed);
}

void TestChatGatewayProof::acks_areAskedOfMessagesOnly()
{
    Fixture f;
    f.commandsOf(R"(2["newUser","ann",{"acks":true}])");
    const chat::Push others[] = {chat::MessageSent{UserId("bob"), getMessage(R"({"text":"hi"})").message},
                                 chat::MessageStatus{std::make_shared<const chat::Receipt>()},
                                 chat::OnlineUsers{std::make_shared<const std::vector<UserId>>()}};
    for (const chat::Push &push : others) {
        f.gateway.deliver({chat::Delivery{{f.sockets[0]}, push, mark(7)}});
        const QByteArray frame = f.ann.takeSent().at(0);
        QVERIFY2(frame.startsWith("42["), frame.constData());
        QVERIFY(!offsetIn(frame).isNull());
    }
}

void TestChatGatewayProof::acks_ofAMessageWithAttachments()
{
    Fixture f;
    f.commandsOf(R"(2["newUser","ann",{"acks":true}])");
    chat::Message message;
    message.data = R"({"text":"hi","file":{"_placeholder":true,"num":0}})";
    message.attachments = {QByteArray("\x01")};
    f.gateway.deliver({chat::Delivery{
        {f.sockets[0]}, chat::GetMessage{std::make_shared<const chat::Message>(message)}, mark(7)}});
    const QList<QByteArray> expected{
        R"(451-0["getMessage",{"text":"hi","file":{"_placeholder":true,"num":0}}])", "<binary>\x01"};
    QCOMPARE(f.ann.takeSent(), expected);
    QVERIFY(isProven(f.commandsOf("30[]"), f.sockets[0], 7));
}

void TestChatGatewayProof::acks_lastAsLongAsTheLatestRegistrationSays()
{
    Fixture f;
    const auto isAsked = [&f] {
        f.ann.takeSent();
        f.gateway.deliver({message({f.sockets[0]}, R"({"text":"hi"})", 7)});
        return !f.ann.takeSent().at(0).startsWith("42[");
    };
    QVERIFY(!isAsked());
    f.commandsOf(R"(2["newUser","ann",{"acks":true}])");
    QVERIFY(isAsked());
    f.commandsOf(R"(2["newUser","ann",{"acks":1}])"); // refused: nothing changes
    QVERIFY(isAsked());
    f.commandsOf(R"(2["newUser","ann"])");
    QVERIFY(!isAsked());
    f.commandsOf(R"(2["newUser","ann",{"acks":true}])");
    QVERIFY(isAsked());
    f.commandsOf(R"(2["newUser","ann",{"acks":false}])");
    QVERIFY(!isAsked());
}

// Its handler calls what comes behind the data: that must be no offset.
void TestChatGatewayProof::acks_areAskedOfARecoveredSocketToo()
{
    Fixture f;
    const auto carl = only<chat::RecoverSocket>(f.connectCarl(R"({"pid":"the-old-pid"})"))->socket;
    const chat::Push sentByCarl = chat::MessageSent{UserId("bob"), getMessage(R"({"text":"2"})").message};
    f.gateway.deliver({chat::AcceptSocket{carl,
                                          SocketId("sid"),
                                          "pid",
                                          {{mark(4), getMessage(R"({"text":"1"})")}, {mark(6), sentByCarl}},
                                          true,
                                          true},
                       message({carl}, R"({"text":"3"})", 8)});
    QList<QByteArray> sent = f.carl.takeSent();
    QCOMPARE(sent.size(), 4);
    QCOMPARE(sent[0], QByteArray(R"(40{"sid":"sid","pid":"pid"})"));
    QCOMPARE(sent[1], QByteArray(R"(420["getMessage",{"text":"1"}])"));
    QVERIFY(sent[2].startsWith(R"(42["messageSent",)") && !offsetIn(sent[2]).isNull());
    QCOMPARE(sent[3], QByteArray(R"(421["getMessage",{"text":"3"}])"));
    QCOMPARE(f.carl.proofMarks.back(), 8U);
    f.carl.receive("30[]");
    QVERIFY(isProven(f.takeCommands(), carl, 4));
}

void TestChatGatewayProof::acks_ofSomeoneGone_proveNothing()
{
    Fixture f;
    f.commandsOf(R"(2["newUser","ann",{"acks":true}])");
    f.gateway.deliver({message({f.sockets[0]}, R"({"text":"hi"})", 7)});
    f.ann.lose(engineio::CloseReason::TransportClose);
    QVERIFY(only<chat::SocketDisconnected>(f.takeCommands()));
    f.gateway.deliver({message({f.sockets[0]}, R"({"text":"hi"})", 9)});
    QVERIFY(f.takeCommands().empty());
}

void TestChatGatewayProof::droppedMessage_isNotAskedFor()
{
    Fixture f;
    f.commandsOf(R"(2["newUser","ann",{"acks":true}])");
    f.ann.nextStatus = transport::SendStatus::Dropped;
    f.gateway.deliver({message({f.sockets[0]}, R"({"text":"hi"})", 7)});
    QCOMPARE(f.ann.closed, std::optional(engineio::CloseReason::SlowConsumer));
    QCOMPARE(f.ann.proofMarks, QList<quint64>());
    f.ann.endTurn();
    const std::vector<chat::Command> commands = f.takeCommands();
    const auto *end = only<chat::SocketDisconnected>(commands);
    QVERIFY(end && !end->isFinal);
}

QTEST_GUILESS_MAIN(TestChatGatewayProof)
#include "tst_chat_gateway_proof.moc"
