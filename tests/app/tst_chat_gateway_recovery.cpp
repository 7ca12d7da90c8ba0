#include "GatewayFixture.h"

#include <QSet>
#include <QTest>

using namespace concierge;
using concierge::test::getMessage;
using concierge::test::only;
using concierge::test::replied;
using concierge::test::unmarked;
using engineio::CloseReason;
using Fixture = test::GatewayFixture;

namespace {

/// The answer to carl, who was there before as `sid` and `pid`.
chat::AcceptSocket recovered(const chat::SocketRef &socket,
                             std::vector<chat::AcceptSocket::Missed> missed = {})
{
    return {socket, SocketId("the-old-sid"), "the-old-pid", std::move(missed), true};
}

chat::AcceptSocket::Missed missed(const QByteArray &data, qint64 order)
{
    return {{UserId("carl"), {order, order, {}}, true}, getMessage(data)};
}

} // namespace

// The slots stand outside the class: moc loses count of braces in raw strings.
class TestChatGatewayRecovery : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void connect_getsAPidOfItsOwn();
    void connect_withoutRecovery_getsNoPid_data();
    void connect_withoutRecovery_getsNoPid();
    void connect_withAPid_waitsForTheChat_data();
    void connect_withAPid_waitsForTheChat();
    void connect_withABadPid_isANewOne_data();
    void connect_withABadPid_isANewOne();
    void accept_writesWhatWasMissed_thenTheOldIds();
    void accept_ofOneThatMissedNothing_asksForNoProof();
    void accept_asANewOne_hasTheNewIds();
    void heldBack_isHeardAfterTheAcceptance();
    void heldBackGoodbye_endsTheRecoveredOneForGood();
    void deferredOne_thatEnds_isToldOf_andItsAnswerIsDropped();
    void deferredOne_thatIsEnded_sayGoodbyeToNobody();
    void acceptance_thatComesTwice_changesNothing();
    void endSocket_abandonsTheSession();
    void end_isFinalWhereTheClientWillNotComeBack_data();
    void end_isFinalWhereTheClientWillNotComeBack();
    void end_byTheClientsGoodbye_isFinal();
    void end_byABrokenPacket_isFinal();
};

void TestChatGatewayRecovery::connect_getsAPidOfItsOwn()
{
    QSet<QByteArray> pids;
    for (int i = 0; i < 50; ++i) {
        Fixture f;
        const std::vector<chat::Command> commands = f.connectCarl();
        const auto *command = only<chat::SocketConnected>(commands);
        QVERIFY(command);
        const QByteArray reply = f.carl.takeSent().at(0);
        QCOMPARE(replied(reply, "pid"), command->pid);
        QCOMPARE(replied(reply, "sid"), command->sid.utf8());
        QCOMPARE(command->pid.size(), 20);
        QVERIFY(command->pid != command->sid.utf8()); // ids are passed around, pids are secrets
        pids.insert(command->pid);
    }
    QCOMPARE(pids.size(), 50);
}

void TestChatGatewayRecovery::connect_withoutRecovery_getsNoPid_data()
{
    QTest::addColumn<QByteArray>("auth");
    QTest::newRow("new") << QByteArray();
    QTest::newRow("back") << QByteArray(R"({"pid":"the-old-pid","offset":"o"})");
}

void TestChatGatewayRecovery::connect_withoutRecovery_getsNoPid()
{
    QFETCH(QByteArray, auth);
    Fixture f(false);
    const std::vector<chat::Command> commands = f.connectCarl(auth);
    const auto *command = only<chat::SocketConnected>(commands);
    QVERIFY(command);
    QCOMPARE(command->pid, QByteArray());
    QCOMPARE(f.carl.takeSent(), QList<QByteArray>{R"(40{"sid":")" + command->sid.utf8() + R"("})"});
}

void TestChatGatewayRecovery::connect_withAPid_waitsForTheChat_data()
{
    QTest::addColumn<QByteArray>("auth");
    QTest::addColumn<QByteArray>("offset");
    QTest::newRow("with an offset") << QByteArray(R"({"pid":"the-old-pid","offset":"o"})") << QByteArray("o");
    QTest::newRow("among what the application put there")
        << QByteArray(R"({"token":"t","offset":"o","more":{"pid":1},"pid":"the-old-pid"})")
        << QByteArray("o");
    QTest::newRow("escaped") << QByteArray(R"({"p\u0069d":"the-old-\u0070id","offset":"\u006f"})")
                             << QByteArray("o");
    // Never had an event, so everything is missed.
    QTest::newRow("without an offset") << QByteArray(R"({"pid":"the-old-pid"})") << QByteArray();
    for (const char *value : {"null", "7", "true", "[]", "{}", R"({"offset":"o"})"}) {
        QTest::addRow("offset %s", value)
            << R"({"pid":"the-old-pid","offset":)" + QByteArray(value) + '}' << QByteArray();
    }
}

void TestChatGatewayRecovery::connect_withAPid_waitsForTheChat()
{
    QFETCH(QByteArray, auth);
    QFETCH(QByteArray, offset);
    Fixture f;
    const std::vector<chat::Command> commands = f.connectCarl(auth);
    const auto *command = only<chat::RecoverSocket>(commands);
    QVERIFY(command);
    QCOMPARE(command->socket.worker, Fixture::worker);
    QVERIFY(command->socket != f.sockets[0] && command->socket != f.sockets[1]);
    QCOMPARE(command->pid, QByteArray("the-old-pid"));
    QCOMPARE(command->offset, offset);
    // Should it be no good: what a new one would have.
    QCOMPARE(command->newPid.size(), 20);
    QVERIFY(!command->newSid.isEmpty());
    QCOMPARE(f.carl.takeSent(), QList<QByteArray>());
    QVERIFY(!f.carl.closed);
}

void TestChatGatewayRecovery::connect_withABadPid_isANewOne_data()
{
    QTest::addColumn<QByteArray>("auth");
    for (const char *value : {"null", "7", "true", "[]", R"(["the-old-pid"])", "{}", R"("")"})
        QTest::addRow("pid %s", value) << R"({"pid":)" + QByteArray(value) + R"(,"offset":"o"})";
    QTest::newRow("an offset alone") << QByteArray(R"({"offset":"o"})");
    QTest::newRow("within something else") << QByteArray(R"({"auth":{"pid":"the-old-pid"}})");
}

void TestChatGatewayRecovery::connect_withABadPid_isANewOne()
{
    QFETCH(QByteArray, auth);
    Fixture f;
    const std::vector<chat::Command> commands = f.connectCarl(auth);
    const auto *command = only<chat::SocketConnected>(commands);
    QVERIFY(command);
    QCOMPARE(replied(f.carl.takeSent().at(0), "pid"), command->pid);
    QVERIFY(!command->pid.isEmpty());
}

void TestChatGatewayRecovery::accept_writesWhatWasMissed_thenTheOldIds()
{
    Fixture f;
    const auto carl =
        only<chat::RecoverSocket>(f.connectCarl(R"({"pid":"the-old-pid","offset":"o"})"))->socket;
    f.gateway.deliver({recovered(carl, {missed(R"({"text":"1"})", 4), missed(R"({"text":"2"})", 6)}),
                       unmarked({carl}, getMessage(R"({"text":"3"})"))});
    const QList<QByteArray> sent = f.carl.takeSent();
    QCOMPARE(sent.size(), 4);
    const chat::OffsetCodec codec(Fixture::secret);
    for (const auto &[text, order, frame] : {std::tuple("1", 4, sent[0]), std::tuple("2", 6, sent[1])}) {
        const QByteArray offset = codec.encode({order, order, {}}, UserId("carl"));
        QCOMPARE(frame, R"(42["getMessage",{"text":")" + QByteArray(text) + R"("},")" + offset + R"("])");
    }
    QCOMPARE(sent[2], QByteArray(R"(40{"sid":"the-old-sid","pid":"the-old-pid"})"));
    QCOMPARE(sent[3], QByteArray(R"(42["getMessage",{"text":"3"}])"));
    // All of it is proven with the last.
    QCOMPARE(f.carl.proofMarks, QList<quint64>{6});
    f.carl.prove(6);
    const std::vector<chat::Command> commands = f.takeCommands();
    const auto *proof = only<chat::SocketProven>(commands);
    QVERIFY(proof && proof->socket == carl && proof->order == 6);
}

void TestChatGatewayRecovery::accept_ofOneThatMissedNothing_asksForNoProof()
{
    Fixture f;
    const auto carl = only<chat::RecoverSocket>(f.connectCarl(R"({"pid":"the-old-pid"})"))->socket;
    f.gateway.deliver({recovered(carl)});
    QCOMPARE(f.carl.takeSent(), QList<QByteArray>{R"(40{"sid":"the-old-sid","pid":"the-old-pid"})"});
    QCOMPARE(f.carl.proofMarks, QList<quint64>());
}

void TestChatGatewayRecovery::accept_asANewOne_hasTheNewIds()
{
    Fixture f;
    const std::vector<chat::Command> commands = f.connectCarl(R"({"pid":"nobody's","offset":"o"})");
    const auto *asked = only<chat::RecoverSocket>(commands);
    f.gateway.deliver({chat::AcceptSocket{asked->socket, asked->newSid, asked->newPid, {}, false}});
    const QByteArray reply = f.carl.takeSent().at(0);
    QCOMPARE(replied(reply, "sid"), asked->newSid.utf8());
    QCOMPARE(replied(reply, "pid"), asked->newPid);
}

void TestChatGatewayRecovery::heldBack_isHeardAfterTheAcceptance()
{
    Fixture f;
    const auto carl = only<chat::RecoverSocket>(f.connectCarl(R"({"pid":"the-old-pid"})"))->socket;
    f.carl.receive(R"(20["setStatus","idle"])");
    QVERIFY(f.takeCommands().empty());
    f.gateway.deliver({recovered(carl, {missed(R"({"text":"1"})", 4)})});
    const std::vector<chat::Command> commands = f.takeCommands();
    const auto *command = only<chat::SetStatus>(commands);
    QVERIFY(command);
    QCOMPARE(command->origin, (chat::Origin{carl, 0}));
    QCOMPARE(f.carl.proofMarks, QList<quint64>{4});
}

void TestChatGatewayRecovery::heldBackGoodbye_endsTheRecoveredOneForGood()
{
    Fixture f;
    const auto carl = only<chat::RecoverSocket>(f.connectCarl(R"({"pid":"the-old-pid"})"))->socket;
    f.carl.receive("1");
    f.gateway.deliver(
        {recovered(carl, {missed(R"({"text":"1"})", 4)}), unmarked({carl}, getMessage(R"({"text":"2"})"))});
    QCOMPARE(f.carl.takeSent().size(), 2);         // what was missed, and the reply
    QCOMPARE(f.carl.proofMarks, QList<quint64>()); // nobody is there to prove it
    const std::vector<chat::Command> commands = f.takeCommands();
    const auto *end = only<chat::SocketDisconnected>(commands);
    QVERIFY(end && end->socket == carl && end->isFinal);
}

void TestChatGatewayRecovery::deferredOne_thatEnds_isToldOf_andItsAnswerIsDropped()
{
    Fixture f;
    const auto carl = only<chat::RecoverSocket>(f.connectCarl(R"({"pid":"the-old-pid"})"))->socket;
    f.carl.lose(CloseReason::TransportClose);
    f.gateway.deliver({recovered(carl, {missed(R"({"text":"1"})", 4)}), chat::EndSocket{carl}});
    const std::vector<chat::Command> commands = f.takeCommands();
    const auto *end = only<chat::SocketDisconnected>(commands);
    QVERIFY(end && end->socket == carl);
    QVERIFY(!end->isFinal); // the chat may have given it what it asked for: that is not lost
    QCOMPARE(f.carl.takeSent(), QList<QByteArray>());
}

void TestChatGatewayRecovery::deferredOne_thatIsEnded_sayGoodbyeToNobody()
{
    Fixture f;
    const auto carl = only<chat::RecoverSocket>(f.connectCarl(R"({"pid":"the-old-pid"})"))->socket;
    f.gateway.deliver({chat::EndSocket{carl}});
    QCOMPARE(f.carl.closed, std::optional(CloseReason::ForcedClose));
    QCOMPARE(f.carl.takeSent(), QList<QByteArray>());
    const std::vector<chat::Command> commands = f.takeCommands();
    const auto *end = only<chat::SocketDisconnected>(commands);
    QVERIFY(end && end->socket == carl && !end->isFinal);
}

void TestChatGatewayRecovery::acceptance_thatComesTwice_changesNothing()
{
    Fixture f;
    const auto carl = only<chat::RecoverSocket>(f.connectCarl(R"({"pid":"the-old-pid"})"))->socket;
    f.gateway.deliver({recovered(carl)});
    f.carl.takeSent();
    f.gateway.deliver({chat::AcceptSocket{carl, SocketId("x"), "y", {}, false}});
    QCOMPARE(f.carl.takeSent(), QList<QByteArray>());
}

// With a packet `41` the official client would not come back by itself.
void TestChatGatewayRecovery::endSocket_abandonsTheSession()
{
    Fixture f;
    f.gateway.deliver({chat::EndSocket{f.sockets[0]}, unmarked(f.sockets, getMessage(R"({"text":"hi"})"))});
    QCOMPARE(f.ann.takeSent(), QList<QByteArray>());
    QCOMPARE(f.ann.closed, std::optional(CloseReason::ForcedClose));
    QCOMPARE(f.bob.takeSent().size(), 1);
    f.ann.endTurn();
    const std::vector<chat::Command> commands = f.takeCommands();
    const auto *end = only<chat::SocketDisconnected>(commands); // once
    QVERIFY(end && end->socket == f.sockets[0] && !end->isFinal);
    f.gateway.deliver({chat::EndSocket{f.sockets[0]}}); // gone by now
    QVERIFY(f.takeCommands().empty());
}

void TestChatGatewayRecovery::end_isFinalWhereTheClientWillNotComeBack_data()
{
    QTest::addColumn<CloseReason>("reason");
    QTest::newRow("transport close") << CloseReason::TransportClose;
    QTest::newRow("transport error") << CloseReason::TransportError;
    QTest::newRow("ping timeout") << CloseReason::PingTimeout;
    QTest::newRow("forced close") << CloseReason::ForcedClose;
    QTest::newRow("slow consumer") << CloseReason::SlowConsumer;
    QTest::newRow("shutdown") << CloseReason::ServerShutdown;
    QTest::newRow("parse error") << CloseReason::ParseError;
}

void TestChatGatewayRecovery::end_isFinalWhereTheClientWillNotComeBack()
{
    QFETCH(CloseReason, reason);
    Fixture f;
    f.ann.lose(reason);
    const std::vector<chat::Command> commands = f.takeCommands();
    const auto *end = only<chat::SocketDisconnected>(commands);
    QVERIFY(end && end->socket == f.sockets[0]);
    QCOMPARE(end->isFinal, reason == CloseReason::ParseError);
}

void TestChatGatewayRecovery::end_byTheClientsGoodbye_isFinal()
{
    Fixture f;
    const std::vector<chat::Command> commands = f.commandsOf("1");
    const auto *end = only<chat::SocketDisconnected>(commands);
    QVERIFY(end && end->socket == f.sockets[0] && end->isFinal);
    f.ann.lose(CloseReason::TransportClose);
    QVERIFY(f.takeCommands().empty()); // it was told
}

void TestChatGatewayRecovery::end_byABrokenPacket_isFinal()
{
    Fixture f;
    const std::vector<chat::Command> commands = f.commandsOf("9nonsense");
    const auto *end = only<chat::SocketDisconnected>(commands);
    QVERIFY(end && end->socket == f.sockets[0] && end->isFinal);
}

QTEST_GUILESS_MAIN(TestChatGatewayRecovery)
#include "tst_chat_gateway_recovery.moc"
