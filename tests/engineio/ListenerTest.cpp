#include "EngineFixture.h"

using namespace concierge;
using namespace concierge::test;
using metrics::Counter;

/// Listeners that close and send from within their callbacks, and the order in which everything is destroyed.
class ListenerTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void listener_closesItself_fromMessage();
    void listener_closesOthers_fromMessageAndFromClosed();
    void listener_closesInOnSession();
    void listener_sendsToOthersFromClosed();
    void send_afterClose_isDropped();
    void engineDestroyed_tellsListeners();
    void requestPipelinedBehindAnAnswer_isSafe_data();
    void requestPipelinedBehindAnAnswer_isSafe();
};

void ListenerTest::listener_closesItself_fromMessage()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const auto log = fixture.logs.front();
    log->onMessage = [log](const QByteArray &) { log->session->close(); };
    const auto poll = fixture.get(sid);
    QCOMPARE(fixture
                 .post(sid, "4one\x1e"
                            "4two")
                 ->body(),
             QByteArray("ok"));
    fixture.turn();
    QCOMPARE(log->texts(), QList<QByteArray>{"one"});
    QCOMPARE(log->closes, QList<QByteArray>{"forced close"});
    QCOMPARE(poll->body(), QByteArray("1"));

    const auto socket = fixture.openWebSocket();
    const auto other = fixture.logs.back();
    other->onMessage = [other](const QByteArray &) { other->session->close(); };
    socket->receiveText("4one");
    socket->receiveText("4two");
    fixture.turn();
    QCOMPARE(other->texts(), QList<QByteArray>{"one"});
    QCOMPARE(other->closes, QList<QByteArray>{"forced close"});
    log->onMessage = other->onMessage = nullptr;
}

void ListenerTest::listener_closesOthers_fromMessageAndFromClosed()
{
    EngineFixture fixture;
    std::vector<EngineFixture::Socket> sockets;
    sockets.reserve(4);
    for (int i = 0; i < 4; ++i)
        sockets.push_back(fixture.openWebSocket());
    const QByteArray sid = fixture.openPolling();
    const auto poll = fixture.get(sid);
    auto &logs = fixture.logs;
    logs[0]->onMessage = [&logs](const QByteArray &) {
        logs[1]->session->close();
        logs[4]->session->close();
    };
    logs[1]->onClosed = [&logs] { logs[2]->session->close(); };
    logs[2]->onClosed = [&logs] { logs[0]->session->close(); };
    sockets[0]->receiveText("4go");
    fixture.turn();
    for (const int closed : {0, 1, 2, 4})
        QCOMPARE(logs[static_cast<std::size_t>(closed)]->closes, QList<QByteArray>{"forced close"});
    QVERIFY(logs[3]->closes.isEmpty());
    QCOMPARE(poll->body(), QByteArray("1"));
    QCOMPARE(fixture.engine->sessionCount(), 1);
}

void ListenerTest::listener_closesInOnSession()
{
    EngineFixture fixture;
    fixture.onOpened = [](engineio::Session &session) { session.close(); };
    const QByteArray sid = fixture.openPolling();
    const auto socket = fixture.openWebSocket();
    fixture.turn();
    QCOMPARE(socket->texts().mid(1), QList<QByteArray>{"1"});
    const auto poll = fixture.get(sid);
    fixture.turn();
    QCOMPARE(poll->body(), QByteArray("1"));
    for (const auto &log : fixture.logs)
        QCOMPARE(log->closes, QList<QByteArray>{"forced close"});
}

void ListenerTest::listener_sendsToOthersFromClosed()
{
    EngineFixture fixture;
    const auto leaving = fixture.openWebSocket();
    const QByteArray sid = fixture.openPolling();
    const auto poll = fixture.get(sid);
    auto &logs = fixture.logs;
    logs[0]->onClosed = [&logs] {
        EngineFixture::sendText(*logs[0]->session, "to myself");
        EngineFixture::sendText(*logs[1]->session, "left");
    };
    leaving->disconnect();
    fixture.turn();
    QCOMPARE(poll->body(), QByteArray("4left")); // in the same turn
}

void ListenerTest::send_afterClose_isDropped()
{
    EngineFixture fixture;
    const auto socket = fixture.openWebSocket();
    auto &session = *fixture.logs.front()->session;
    session.close();
    QCOMPARE(EngineFixture::sendText(session, "late"), SendStatus::Dropped);
    fixture.turn();
    QCOMPARE(socket->texts().mid(1), QList<QByteArray>{"1"});
    QCOMPARE(fixture.count(Counter::SlowConsumers), 0U);
}

void ListenerTest::engineDestroyed_tellsListeners()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const auto poll = fixture.get(sid);
    const auto socket = fixture.openWebSocket();
    fixture.logs[0]->onClosed = [&fixture] { EngineFixture::sendText(*fixture.logs[0]->session, "x"); };
    fixture.engine.reset();
    for (const auto &log : fixture.logs)
        QCOMPARE(log->closes, QList<QByteArray>{"server shutting down"});
    QCOMPARE(poll->body(), QByteArray("1"));
    QVERIFY(socket->isDestroyed);
    fixture.wheel.advance();
}

void ListenerTest::requestPipelinedBehindAnAnswer_isSafe_data()
{
    QTest::addColumn<QByteArray>("post"); // what ends the wait of the first GET
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<QByteArray>("pipelined");
    QTest::newRow("message") << QByteArray("4hello") << QByteArray("4hello") << QByteArray();
    QTest::newRow("close from above") << QByteArray("4close") << QByteArray("1") << unknownSid;
    QTest::newRow("close from the client") << QByteArray("1") << QByteArray("6") << unknownSid;
    QTest::newRow("malformed") << QByteArray("x") << QByteArray("1") << unknownSid;
}

void ListenerTest::requestPipelinedBehindAnAnswer_isSafe()
{
    QFETCH(QByteArray, post);
    QFETCH(QByteArray, answer);
    QFETCH(QByteArray, pipelined);
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    auto *session = fixture.logs.front()->session;
    fixture.logs.front()->onMessage = [session](const QByteArray &text) {
        if (text == "close")
            session->close();
        else
            EngineFixture::sendText(*session, text);
    };
    const auto poll = fixture.get(sid);
    EngineFixture::Exchange next;
    poll->onAnswered = [&fixture, &next, &sid] { next = fixture.get(sid); };
    fixture.post(sid, post);
    fixture.turn();
    QCOMPARE(poll->body(), answer);
    QVERIFY(next);
    QCOMPARE(next->body(), pipelined);
    QCOMPARE(fixture.engine->sessionCount(), pipelined.isEmpty() ? 1 : 0);
}

QTEST_APPLESS_MAIN(ListenerTest)
#include "ListenerTest.moc"
