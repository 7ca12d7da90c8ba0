#include "EngineFixture.h"

using namespace concierge;
using namespace concierge::test;
using metrics::Counter;

/// Peers that do not take what is sent: outboxes are bounded, volatile messages give way, the rest closes.
class SlowConsumerTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void slow_polling_outboxOverItsLimit_closes();
    void slow_polling_manyTinyMessages_areBoundedToo();
    void slow_polling_volatileIsDropped();
    void slow_webSocket_droppedCloses();
    void slow_webSocket_volatileIsDropped();
    void slow_webSocket_atUpgrade_closes();
    void drained_isToldOnce_data();
    void drained_isToldOnce();
    void drained_byTheUpgrade_isTold();
};

void SlowConsumerTest::drained_isToldOnce_data()
{
    QTest::addColumn<bool>("isPolling");
    QTest::newRow("polling") << true;
    QTest::newRow("WebSocket") << false;
}

void SlowConsumerTest::drained_isToldOnce()
{
    QFETCH(bool, isPolling);
    engineio::EngineOptions options;
    options.outboxSoftBytes = 1'000;
    EngineFixture fixture(options);
    const QByteArray sid = isPolling ? fixture.openPolling() : QByteArray();
    const auto socket = isPolling ? nullptr : fixture.openWebSocket();
    const auto &log = fixture.logs.front();
    QVERIFY(log->session->isWritable());
    EngineFixture::sendText(*log->session, "small");
    fixture.turn();
    QCOMPARE(log->drains, 0);
    if (socket) {
        socket->nextStatus = SendStatus::Buffered;
        socket->bytesToWrite = 2'000;
    }
    QCOMPARE(EngineFixture::sendText(*log->session, QByteArray(2'000, 'x')), SendStatus::Buffered);
    QVERIFY(!log->session->isWritable());
    fixture.turn();
    QCOMPARE(log->drains, 0);
    std::shared_ptr<ExchangeLog> poll;
    if (socket)
        socket->drain();
    else
        poll = fixture.get(sid);
    fixture.turn();
    QCOMPARE(log->drains, 1);
    QVERIFY(log->session->isWritable());
    fixture.turn();
    QCOMPARE(log->drains, 1);
}

void SlowConsumerTest::drained_byTheUpgrade_isTold()
{
    engineio::EngineOptions options;
    options.outboxSoftBytes = 1'000;
    EngineFixture fixture(options);
    const QByteArray sid = fixture.openPolling();
    const auto &log = fixture.logs.front();
    QCOMPARE(EngineFixture::sendText(*log->session, QByteArray(2'000, 'x')), SendStatus::Buffered);
    const auto socket = fixture.probe(sid);
    socket->receiveText("2probe");
    socket->receiveText("5");
    fixture.turn();
    QCOMPARE(log->drains, 1);
}

void SlowConsumerTest::slow_polling_outboxOverItsLimit_closes()
{
    engineio::EngineOptions options;
    options.outboxSoftBytes = 1'000;
    options.outboxMaxBytes = 10'000;
    EngineFixture fixture(options);
    const QByteArray sid = fixture.openPolling();
    auto &session = *fixture.logs.front()->session;
    // Who keeps up may be sent anything.
    QCOMPARE(EngineFixture::sendText(session, QByteArray(12'000, 'x')), SendStatus::Buffered);
    const auto poll = fixture.get(sid);
    fixture.turn();
    QCOMPARE(poll->body().size(), 12'001);
    QCOMPARE(EngineFixture::sendText(session, QByteArray(9'000, 'x')), SendStatus::Buffered);
    const std::array two{Frame{FrameKind::Text, "4small"}, Frame{FrameKind::Binary, QByteArray(2'000, 'x')}};
    QCOMPARE(session.send(two), SendStatus::Dropped);
    fixture.turn();
    QCOMPARE(fixture.logs.front()->closes, QList<QByteArray>{"slow consumer"});
    QCOMPARE(fixture.count(Counter::SlowConsumers), 1U);
    QCOMPARE(fixture.get(sid)->body(), unknownSid);
}

void SlowConsumerTest::slow_polling_manyTinyMessages_areBoundedToo()
{
    engineio::EngineOptions options;
    options.outboxSoftBytes = 1'000;
    options.outboxMaxBytes = 10'000;
    EngineFixture fixture(options);
    fixture.openPolling();
    auto &session = *fixture.logs.front()->session;
    int sent = 0;
    while (EngineFixture::sendText(session, "") != SendStatus::Dropped && sent < 10'000)
        ++sent;
    QVERIFY(sent > 100);
    QVERIFY(sent < 1'000);
}

void SlowConsumerTest::slow_polling_volatileIsDropped()
{
    engineio::EngineOptions options;
    options.outboxSoftBytes = 1'000;
    EngineFixture fixture(options);
    const QByteArray sid = fixture.openPolling();
    auto &session = *fixture.logs.front()->session;
    QCOMPARE(EngineFixture::sendText(session, "early", true), SendStatus::Dropped); // nobody asks for it now
    const auto first = fixture.get(sid);
    QCOMPARE(EngineFixture::sendText(session, QByteArray(900, 'x'), true), SendStatus::Sent);
    QCOMPARE(EngineFixture::sendText(session, QByteArray(900, 'y'), true), SendStatus::Dropped);
    QCOMPARE(EngineFixture::sendText(session, QByteArray(900, 'z')), SendStatus::Buffered);
    fixture.turn();
    QCOMPARE(first->body(), "4" + QByteArray(900, 'x') + "\x1e" + "4" + QByteArray(900, 'z'));
    QVERIFY(fixture.logs.front()->closes.isEmpty());
    QCOMPARE(EngineFixture::sendText(session, QByteArray(900, 'y'), true), SendStatus::Dropped);
    const auto second = fixture.get(sid);
    QCOMPARE(EngineFixture::sendText(session, QByteArray(900, 'y'), true), SendStatus::Sent); // room again
}

void SlowConsumerTest::slow_webSocket_droppedCloses()
{
    EngineFixture fixture;
    const auto socket = fixture.openWebSocket();
    auto &session = *fixture.logs.front()->session;
    socket->nextStatus = SendStatus::Buffered;
    QCOMPARE(EngineFixture::sendText(session, "one"), SendStatus::Buffered);
    socket->nextStatus = SendStatus::Dropped;
    QCOMPARE(EngineFixture::sendText(session, "two"), SendStatus::Dropped);
    fixture.turn();
    QCOMPARE(fixture.logs.front()->closes, QList<QByteArray>{"slow consumer"});
    QVERIFY(socket->isDestroyed); // its outbox is freed, not waited for
    QCOMPARE(fixture.count(Counter::SlowConsumers), 1U);
}

void SlowConsumerTest::slow_webSocket_volatileIsDropped()
{
    EngineFixture fixture;
    const auto socket = fixture.openWebSocket();
    auto &session = *fixture.logs.front()->session;
    socket->bytesToWrite = 100'000;
    QCOMPARE(EngineFixture::sendText(session, "volatile", true), SendStatus::Dropped);
    QCOMPARE(EngineFixture::sendText(session, "durable"), SendStatus::Sent);
    socket->bytesToWrite = 0;
    QCOMPARE(EngineFixture::sendText(session, "again", true), SendStatus::Sent);
    socket->nextStatus = SendStatus::Dropped;
    QCOMPARE(EngineFixture::sendText(session, "full", true), SendStatus::Dropped);
    fixture.turn();
    QCOMPARE(socket->texts().mid(1), (QList<QByteArray>{"4durable", "4again"}));
    QVERIFY(fixture.logs.front()->closes.isEmpty());
}

void SlowConsumerTest::slow_webSocket_atUpgrade_closes()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const auto socket = fixture.probe(sid);
    socket->receiveText("2probe");
    EngineFixture::sendText(*fixture.logs.front()->session, "one");
    socket->nextStatus = SendStatus::Dropped;
    socket->receiveText("5");
    fixture.turn();
    QCOMPARE(fixture.logs.front()->closes, QList<QByteArray>{"slow consumer"});
}

QTEST_APPLESS_MAIN(SlowConsumerTest)
#include "SlowConsumerTest.moc"
