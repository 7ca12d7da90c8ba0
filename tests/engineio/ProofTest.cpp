#include "TransportPeer.h"

using namespace concierge;
using namespace concierge::test;
using namespace std::chrono_literals;

/// Session::requestProof(): pings behind messages, and what their pongs prove.
class ProofTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void request_pingFollowsTheTurnsMessages_data() { addTransports(); }
    void request_pingFollowsTheTurnsMessages();
    void roundTrip_isFromThePingToItsPong();
    void request_manyOfOneTurn_areOnePing_data() { addTransports(); }
    void request_manyOfOneTurn_areOnePing();
    void request_sameOrLowerMark_asksForNothing_data() { addTransports(); }
    void request_sameOrLowerMark_asksForNothing();
    void request_markZero_isAMark();
    void interval_secondPingWaits_andCoversAll_data() { addTransports(); }
    void interval_secondPingWaits_andCoversAll();
    void interval_passedAlready_pingsInTheSameTurn_data() { addTransports(); }
    void interval_passedAlready_pingsInTheSameTurn();
    void pong_provesInOrder_data() { addTransports(); }
    void pong_provesInOrder();
    void pong_withNothingOutstanding_isIgnored_data() { addTransports(); }
    void pong_withNothingOutstanding_isIgnored();
    void pong_ofPingBeforeTheFirstRequest_provesNothing_data() { addTransports(); }
    void pong_ofPingBeforeTheFirstRequest_provesNothing();
    void heartbeat_isWhereItWas_data() { addTransports(); }
    void heartbeat_isWhereItWas();
    void heartbeat_carriesTheMark_data() { addTransports(); }
    void heartbeat_carriesTheMark();
    void heartbeat_anyPongIsASignOfLife_data() { addTransports(); }
    void heartbeat_anyPongIsASignOfLife();
    void heartbeat_noPongAtAll_isPingTimeout_data() { addTransports(); }
    void heartbeat_noPongAtAll_isPingTimeout();
    void outstanding_isBounded_andGoesOn_data() { addTransports(); }
    void outstanding_isBounded_andGoesOn();
    void polling_withoutGet_pingsKeepTheirPlaces();
    void upgrade_pingsFlowOver_andPongsStayInOrder();
    void upgrade_pingSentOverPolling_isAnsweredOverWebSocket();
    void close_endsProofs_data();
    void close_endsProofs();
    void request_fromWithinOnProven_isServed_data() { addTransports(); }
    void request_fromWithinOnProven_isServed();
    void close_fromWithinOnProven_isSafe_data() { addTransports(); }
    void close_fromWithinOnProven_isSafe();
    void slow_polling_outboxFull_closes();
    void slow_webSocket_pingDropped_closes();
};

void ProofTest::request_pingFollowsTheTurnsMessages()
{
    QFETCH(Over, transport);
    Peer peer(transport);
    peer.send("one");
    peer.session().requestProof(1);
    peer.send("two");
    QCOMPARE(peer.take(), (Packets{"4one", "4two", "2"}));
    QVERIFY(peer.log().proven.isEmpty());
    peer.say("3");
    QCOMPARE(peer.log().proven, Marks{1});
    QCOMPARE(peer.takeAfter(5'000ms), Packets{});
}

void ProofTest::roundTrip_isFromThePingToItsPong()
{
    Peer peer(Over::WebSocket);
    const auto roundTrips = [&peer] { return peer.fixture.counters.latency(metrics::Latency::Proof).read(); };
    peer.session().requestProof(1);
    peer.take();
    peer.fixture.wait(40ms);
    peer.say("3");
    QCOMPARE(roundTrips().count(), 1U);
    QCOMPARE(roundTrips().sum(), 40'000U);
    peer.say("3"); // answers nothing
    QCOMPARE(roundTrips().count(), 1U);
}

void ProofTest::request_manyOfOneTurn_areOnePing()
{
    QFETCH(Over, transport);
    Peer peer(transport);
    Packets expected;
    for (quint64 mark = 1; mark <= 100; ++mark) {
        peer.send(QByteArray::number(mark));
        peer.session().requestProof(mark);
        expected += '4' + QByteArray::number(mark);
    }
    QCOMPARE(peer.take(), expected + Packets{"2"});
    peer.say("3");
    QCOMPARE(peer.log().proven, Marks{100});
    QCOMPARE(peer.takeAfter(5'000ms), Packets{});
}

void ProofTest::request_sameOrLowerMark_asksForNothing()
{
    QFETCH(Over, transport);
    Peer peer(transport);
    peer.session().requestProof(7);
    QCOMPARE(peer.take(), Packets{"2"});
    peer.session().requestProof(7);
    peer.session().requestProof(6);
    QCOMPARE(peer.takeAfter(1'000ms), Packets{});
    peer.say("3");
    peer.session().requestProof(7);
    QCOMPARE(peer.takeAfter(1'000ms), Packets{});
    QCOMPARE(peer.log().proven, Marks{7});
}

void ProofTest::request_markZero_isAMark()
{
    Peer peer(Over::WebSocket);
    peer.session().requestProof(0);
    QCOMPARE(peer.take(), Packets{"2"});
    peer.say("3");
    QCOMPARE(peer.log().proven, Marks{0});
}

void ProofTest::interval_secondPingWaits_andCoversAll()
{
    QFETCH(Over, transport);
    Peer peer(transport);
    peer.session().requestProof(1);
    QCOMPARE(peer.take(), Packets{"2"});
    peer.say("3");
    for (quint64 mark = 2; mark <= 6; ++mark) {
        peer.send("m");
        peer.session().requestProof(mark);
        QCOMPARE(peer.takeAfter(40ms), Packets{"4m"});
    }
    QCOMPARE(peer.takeAfter(40ms), Packets{}); // 240 ms
    QCOMPARE(peer.takeAfter(30ms), Packets{"2"});
    peer.send("n");
    peer.session().requestProof(7);
    QCOMPARE(peer.takeAfter(230ms), Packets{"4n"});
    peer.say("3");
    QCOMPARE(peer.log().proven, (Marks{1, 6}));
    QCOMPARE(peer.takeAfter(40ms), Packets{"2"});
    QCOMPARE(peer.takeAfter(5'000ms), Packets{});
    peer.say("3");
    QCOMPARE(peer.log().proven, (Marks{1, 6, 7}));
}

void ProofTest::interval_passedAlready_pingsInTheSameTurn()
{
    QFETCH(Over, transport);
    engineio::EngineOptions options;
    options.proofInterval = 1'000ms;
    Peer peer(transport, options);
    peer.session().requestProof(1);
    QCOMPARE(peer.take(), Packets{"2"});
    QCOMPARE(peer.takeAfter(1'000ms), Packets{});
    peer.send("m");
    peer.session().requestProof(2);
    QCOMPARE(peer.take(), (Packets{"4m", "2"}));
}

void ProofTest::pong_provesInOrder()
{
    QFETCH(Over, transport);
    Peer peer(transport);
    for (quint64 mark = 1; mark <= 3; ++mark) {
        peer.session().requestProof(mark);
        QCOMPARE(peer.takeAfter(300ms), Packets{"2"});
    }
    for (quint64 mark = 1; mark <= 3; ++mark) {
        peer.say("3");
        QCOMPARE(peer.log().proven.size(), static_cast<qsizetype>(mark));
        QCOMPARE(peer.log().proven.back(), mark);
    }
}

void ProofTest::pong_withNothingOutstanding_isIgnored()
{
    QFETCH(Over, transport);
    Peer peer(transport);
    peer.say("3");
    peer.session().requestProof(1);
    peer.say("3"); // its ping is not sent yet
    QCOMPARE(peer.take(), Packets{"2"});
    QVERIFY(peer.log().proven.isEmpty());
    peer.say("3");
    peer.say("3");
    QCOMPARE(peer.log().proven, Marks{1});
    QVERIFY(peer.log().closes.isEmpty());
}

void ProofTest::pong_ofPingBeforeTheFirstRequest_provesNothing()
{
    QFETCH(Over, transport);
    Peer peer(transport);
    QCOMPARE(peer.takeAfter(25'010ms), Packets{"2"});
    peer.send("m");
    peer.session().requestProof(1);
    QCOMPARE(peer.take(), (Packets{"4m", "2"}));
    peer.say("3"); // to the heartbeat
    QVERIFY(peer.log().proven.isEmpty());
    peer.say("3");
    QCOMPARE(peer.log().proven, Marks{1});
}

void ProofTest::heartbeat_isWhereItWas()
{
    QFETCH(Over, transport);
    Peer peer(transport);
    quint64 mark = 0;
    for (int step = 0; step < 24; ++step) { // 24 s of conversation
        peer.session().requestProof(++mark);
        QCOMPARE(peer.takeAfter(1'000ms), Packets{"2"});
        peer.say("3");
    }
    QCOMPARE(peer.takeAfter(990ms), Packets{});
    QCOMPARE(peer.takeAfter(30ms), Packets{"2"}); // 25 s from the beginning
    peer.say("3");
    QCOMPARE(peer.takeAfter(24'980ms), Packets{});
    QCOMPARE(peer.takeAfter(40ms), Packets{"2"});
}

void ProofTest::heartbeat_carriesTheMark()
{
    QFETCH(Over, transport);
    engineio::EngineOptions options;
    options.proofInterval = 60'000ms;
    Peer peer(transport, options);
    peer.session().requestProof(1);
    QCOMPARE(peer.take(), Packets{"2"});
    peer.say("3");
    peer.session().requestProof(2);
    QCOMPARE(peer.takeAfter(24'990ms), Packets{});
    QCOMPARE(peer.takeAfter(30ms), Packets{"2"});
    peer.say("3");
    QCOMPARE(peer.log().proven, (Marks{1, 2}));
    QCOMPARE(peer.takeAfter(24'900ms), Packets{});
    QCOMPARE(peer.takeAfter(15'000ms), Packets{"2"}); // the next heartbeat: the proof's time passes unused
    peer.say("3");
    QCOMPARE(peer.log().proven, (Marks{1, 2}));
}

void ProofTest::heartbeat_anyPongIsASignOfLife()
{
    QFETCH(Over, transport);
    Peer peer(transport);
    QCOMPARE(peer.takeAfter(24'900ms), Packets{});
    peer.session().requestProof(1);
    QCOMPARE(peer.take(), Packets{"2"});
    QCOMPARE(peer.takeAfter(120ms), Packets{"2"}); // the heartbeat
    peer.say("3");                                 // for both
    QCOMPARE(peer.log().proven, Marks{1});
    QCOMPARE(peer.takeAfter(24'900ms), Packets{});
    QCOMPARE(peer.takeAfter(150ms), Packets{"2"});
    QVERIFY(peer.log().closes.isEmpty());
}

void ProofTest::heartbeat_noPongAtAll_isPingTimeout()
{
    QFETCH(Over, transport);
    Peer peer(transport);
    quint64 mark = 0;
    for (int step = 0; step < 44; ++step) {
        peer.session().requestProof(++mark);
        peer.takeAfter(1'000ms);
    }
    QCOMPARE(peer.takeAfter(950ms), Packets{});
    QVERIFY(peer.log().closes.isEmpty());
    peer.takeAfter(100ms);
    QCOMPARE(peer.log().closes, QList<QByteArray>{"ping timeout"});
    QVERIFY(peer.log().proven.isEmpty());
}

void ProofTest::outstanding_isBounded_andGoesOn()
{
    QFETCH(Over, transport);
    Peer peer(transport);
    quint64 mark = 0;
    qsizetype pings = 0;
    for (int step = 0; step < 90; ++step) { // 22.5 s: before the first heartbeat
        peer.session().requestProof(++mark);
        pings += peer.takeAfter(250ms).count("2");
    }
    QCOMPARE(pings, 64);
    peer.say("3");
    QCOMPARE(peer.log().proven, Marks{1});
    QCOMPARE(peer.take(), Packets{"2"}); // for the marks that waited
    for (int pong = 0; pong < 64; ++pong)
        peer.say("3");
    QCOMPARE(peer.log().proven.size(), 65);
    QCOMPARE(peer.log().proven.back(), mark);
    QCOMPARE(peer.takeAfter(1'000ms), Packets{});
}

void ProofTest::polling_withoutGet_pingsKeepTheirPlaces()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    auto &log = *fixture.logs.front();
    EngineFixture::sendText(*log.session, "one");
    log.session->requestProof(1);
    fixture.wait(300ms);
    EngineFixture::sendText(*log.session, "two");
    log.session->requestProof(2);
    fixture.turn();
    EngineFixture::sendText(*log.session, "three");
    const auto poll = fixture.get(sid);
    fixture.turn();
    QCOMPARE(poll->body(), QByteArray("4one\x1e"
                                      "2\x1e"
                                      "4two\x1e"
                                      "2\x1e"
                                      "4three"));
    fixture.post(sid, "3\x1e"
                      "3");
    QCOMPARE(log.proven, (Marks{1, 2}));
}

void ProofTest::upgrade_pingsFlowOver_andPongsStayInOrder()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    auto &log = *fixture.logs.front();
    const auto socket = fixture.probe(sid);
    socket->receiveText("2probe");
    EngineFixture::sendText(*log.session, "one");
    log.session->requestProof(1);
    fixture.turn();
    EngineFixture::sendText(*log.session, "two");
    log.session->requestProof(2);
    fixture.turn();
    socket->receiveText("5");
    fixture.wait(300ms);
    QCOMPARE(socket->texts(), (Packets{"3probe", "4one", "2", "4two", "2"}));
    socket->receiveText("3");
    QCOMPARE(log.proven, Marks{1});
    socket->receiveText("3");
    QCOMPARE(log.proven, (Marks{1, 2}));
}

void ProofTest::upgrade_pingSentOverPolling_isAnsweredOverWebSocket()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    auto &log = *fixture.logs.front();
    const auto poll = fixture.get(sid);
    log.session->requestProof(1);
    fixture.turn();
    QCOMPARE(poll->body(), QByteArray("2"));
    const auto socket = fixture.probe(sid);
    socket->receiveText("2probe");
    socket->receiveText("5");
    fixture.wait(300ms);
    log.session->requestProof(2);
    fixture.turn();
    QCOMPARE(socket->texts(), (Packets{"3probe", "2"}));
    socket->receiveText("3");
    socket->receiveText("3");
    QCOMPARE(log.proven, (Marks{1, 2}));
}

void ProofTest::close_endsProofs_data()
{
    QTest::addColumn<Over>("transport");
    QTest::addColumn<bool>("isWaiting"); // for the interval
    QTest::newRow("polling") << Over::Polling << false;
    QTest::newRow("polling, ping waits") << Over::Polling << true;
    QTest::newRow("WebSocket") << Over::WebSocket << false;
    QTest::newRow("WebSocket, ping waits") << Over::WebSocket << true;
}

void ProofTest::close_endsProofs()
{
    QFETCH(Over, transport);
    QFETCH(bool, isWaiting);
    Peer peer(transport);
    if (isWaiting) {
        peer.session().requestProof(1);
        QCOMPARE(peer.take(), Packets{"2"});
    }
    peer.session().requestProof(2);
    peer.session().close();
    peer.session().requestProof(3);
    peer.say("3");
    QCOMPARE(peer.take(), Packets{"1"});
    QVERIFY(peer.log().proven.isEmpty());
    peer.fixture.wait(5'000ms);
    QCOMPARE(peer.fixture.engine->sessionCount(), 0);
}

void ProofTest::request_fromWithinOnProven_isServed()
{
    QFETCH(Over, transport);
    Peer peer(transport);
    peer.log().onProven = [&peer](quint64 mark) {
        if (mark < 3)
            peer.session().requestProof(mark + 1);
    };
    peer.session().requestProof(1);
    QCOMPARE(peer.take(), Packets{"2"});
    for (int round = 0; round < 2; ++round) {
        peer.say("3");
        QCOMPARE(peer.takeAfter(270ms), Packets{"2"});
    }
    peer.say("3");
    QCOMPARE(peer.log().proven, (Marks{1, 2, 3}));
}

void ProofTest::close_fromWithinOnProven_isSafe()
{
    QFETCH(Over, transport);
    Peer peer(transport);
    peer.log().onProven = [&peer](quint64) { peer.session().close(); };
    peer.session().requestProof(1);
    QCOMPARE(peer.take(), Packets{"2"});
    peer.say("3");
    QCOMPARE(peer.take(), Packets{"1"});
    QCOMPARE(peer.log().closes, QList<QByteArray>{"forced close"});
}

void ProofTest::slow_polling_outboxFull_closes()
{
    engineio::EngineOptions options;
    options.outboxSoftBytes = 1'000;
    options.outboxMaxBytes = 2'000;
    EngineFixture fixture(options);
    fixture.openPolling();
    auto &log = *fixture.logs.front();
    const qsizetype room = 2'000 - static_cast<qsizetype>(sizeof(Frame)) - 1;
    QCOMPARE(EngineFixture::sendText(*log.session, QByteArray(room, 'x')), SendStatus::Buffered);
    log.session->requestProof(1);
    fixture.turn();
    QCOMPARE(log.closes, QList<QByteArray>{"slow consumer"});
    fixture.wait(1'000ms);
}

void ProofTest::slow_webSocket_pingDropped_closes()
{
    EngineFixture fixture;
    const auto socket = fixture.openWebSocket();
    auto &log = *fixture.logs.front();
    log.session->requestProof(1);
    socket->nextStatus = SendStatus::Dropped;
    fixture.turn();
    QCOMPARE(log.closes, QList<QByteArray>{"slow consumer"});
    QCOMPARE(fixture.engine->sessionCount(), 0);
    fixture.wait(1'000ms);
}

QTEST_APPLESS_MAIN(ProofTest)
#include "ProofTest.moc"
