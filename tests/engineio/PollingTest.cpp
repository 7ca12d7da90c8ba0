#include "EngineFixture.h"

using namespace concierge;
using namespace concierge::test;
using metrics::Counter;

/// Sessions over long polling: handshake, GET, POST, and what closes them.
class PollingTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void handshake_answersExactlyTheOpenPacket();
    void handshake_messagesOfTheListener_waitForThePoll();
    void handshakeRequest_isKept();
    void send_oneTurn_leavesInOneAnswer();
    void send_moreThanOneAnswerHolds_comesInSeveral_data();
    void send_moreThanOneAnswerHolds_comesInSeveral();
    void close_withMoreThanOneAnswerHolds_comesLast();
    void send_whileNoGetWaits_isKeptInOrder();
    void send_binary_isBase64();
    void post_packets_reachTheListener();
    void post_ofManyPackets_isHeardInShares_andAnsweredAtTheEnd();
    void post_ofManyPackets_afterTheSession_isAnswered_data();
    void post_ofManyPackets_afterTheSession_isAnswered();
    void post_beforeTheLastIsAnswered_closes();
    void post_ofManyPackets_comesBeforeTheUpgrade();
    void post_emptyMessage_reachesTheListener();
    void post_malformed_isOkThenClosed_data();
    void post_malformed_isOkThenClosed();
    void post_packetsBeforeTheMalformedOne_arrive();
    void post_octetStream_isRefusedAndCloses_data();
    void post_octetStream_isRefusedAndCloses();
    void post_wrongDirection_closes_data();
    void post_wrongDirection_closes();
    void post_closePacket_letsTheGetGo_andTheRestIsIgnored();
    void secondGet_isRefused_andTheFirstGetsClose();
    void secondPost_whileABodyArrives_isRefusedAndCloses();
    void secondBody_whileABodyArrives_closes();
    void post_afterABrokenOffOne_isTaken();
    void abortedPoll_closes();
    void connectionLost_afterTheAnswer_doesNotClose();
};

void PollingTest::handshake_answersExactlyTheOpenPacket()
{
    EngineFixture fixture;
    const auto answer = fixture.request(makeRequest("GET", "/socket.io/?EIO=4&transport=polling&t=abc"));
    QVERIFY(answer->isAnswered());
    QCOMPARE(answer->status(), 200);
    QCOMPARE(answer->response->contentType, QByteArray("text/plain; charset=UTF-8"));
    QCOMPARE(answer->header("Cache-Control"), QByteArray("no-store"));
    const QByteArray sid = EngineFixture::sidIn(answer->body());
    QCOMPARE(sid.size(), 20);
    QCOMPARE(answer->body(),
             "0{\"sid\":\"" + sid +
                 "\",\"upgrades\":[\"websocket\"],\"pingInterval\":25000,\"pingTimeout\":20000,"
                 "\"maxPayload\":1000000}");
    QCOMPARE(fixture.logs.size(), 1U);
    QCOMPARE(fixture.logs.front()->session->sid().utf8(), sid);
    QVERIFY(!fixture.logs.front()->session->isWebSocket());
    QCOMPARE(fixture.engine->sessionCount(), 1);
    QCOMPARE(fixture.count(Counter::SessionsOpened), 1U);
}

void PollingTest::handshake_messagesOfTheListener_waitForThePoll()
{
    EngineFixture fixture;
    fixture.onOpened = [](engineio::Session &session) { EngineFixture::sendText(session, "welcome"); };
    const QByteArray sid = fixture.openPolling();
    QVERIFY(!sid.isEmpty());
    const auto poll = fixture.get(sid);
    fixture.turn();
    QCOMPARE(poll->body(), QByteArray("4welcome"));
}

void PollingTest::handshakeRequest_isKept()
{
    EngineFixture fixture;
    auto request = makeRequest("GET", "/socket.io/?EIO=4&transport=polling&token=secret", {},
                               {{"Host", "example.org"},
                                {"User-Agent", "browser"},
                                {"Cookie", "a=" + QByteArray(1000, 'x')},
                                {"Connection", "keep-alive"}});
    request.secure = true;
    fixture.request(request);
    const auto &kept = fixture.logs.front()->session->handshake();
    QCOMPARE(kept.queryValue("token"), std::optional<QByteArray>("secret"));
    QCOMPARE(kept.header("host"), std::optional<QByteArray>("example.org"));
    QCOMPARE(kept.header("cookie"), std::optional<QByteArray>("a=" + QByteArray(1000, 'x')));
    QCOMPARE(kept.header("connection"), std::optional<QByteArray>());
    QCOMPARE(kept.remoteAddress, QHostAddress(QHostAddress::LocalHost));
    QCOMPARE(kept.remotePort, quint16(40'000));
    QVERIFY(kept.secure);

    fixture.request(request);
    const auto &other = fixture.logs.back()->session->handshake();
    QCOMPARE(static_cast<const void *>(other.headers[1].second.constData()),
             static_cast<const void *>(kept.headers[1].second.constData())); // stored once
}

void PollingTest::send_oneTurn_leavesInOneAnswer()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    auto *session = fixture.logs.front()->session;
    const auto poll = fixture.get(sid);
    fixture.turn();
    QVERIFY(!poll->isAnswered());

    QCOMPARE(EngineFixture::sendText(*session, "one"), SendStatus::Sent);
    QCOMPARE(EngineFixture::sendText(*session, "two"), SendStatus::Sent);
    QVERIFY(!poll->isAnswered());
    fixture.turn();
    QCOMPARE(poll->status(), 200);
    QCOMPARE(poll->response->contentType, QByteArray("text/plain; charset=UTF-8"));
    QCOMPARE(poll->header("cache-control"), QByteArray("no-store"));
    QCOMPARE(poll->body(), QByteArray("4one\x1e"
                                      "4two"));
}

void PollingTest::send_moreThanOneAnswerHolds_comesInSeveral_data()
{
    QTest::addColumn<int>("packets");
    QTest::addColumn<int>("size");
    QTest::addColumn<QList<int>>("answers"); // how many packets each has
    // One packet takes its digit and a separator more than its data.
    QTest::newRow("fits") << 32 << 4'094 << QList<int>{32};
    QTest::newRow("one more") << 33 << 4'094 << QList<int>{32, 1};
    QTest::newRow("each too large") << 3 << 200'000 << QList<int>{1, 1, 1};
    QTest::newRow("tiny") << 100'000 << 1 << QList<int>{43'690, 43'690, 12'620};
}

void PollingTest::send_moreThanOneAnswerHolds_comesInSeveral()
{
    QFETCH(const int, packets);
    QFETCH(const int, size);
    QFETCH(const QList<int>, answers);
    engineio::EngineOptions options;
    options.outboxSoftBytes = options.outboxMaxBytes = 100'000'000;
    EngineFixture fixture(options);
    const QByteArray sid = fixture.openPolling();
    auto *session = fixture.logs.front()->session;
    for (int i = 0; i < packets; ++i)
        EngineFixture::sendText(*session, QByteArray(size, static_cast<char>('a' + i % 26)));
    int taken = 0;
    for (const int expected : answers) {
        const auto poll = fixture.get(sid);
        fixture.turn();
        QVERIFY(poll->isAnswered());
        const QList<QByteArray> got = poll->body().split('\x1e');
        QCOMPARE(got.size(), expected);
        for (const QByteArray &packet : got) {
            QCOMPARE(packet.size(), size + 1);
            QCOMPARE(packet.back(), static_cast<char>('a' + taken++ % 26));
        }
    }
    QCOMPARE(taken, packets);
    QCOMPARE(session->bytesToWrite(), 0);
    const auto more = fixture.get(sid);
    fixture.turn();
    QVERIFY(!more->isAnswered());
}

void PollingTest::close_withMoreThanOneAnswerHolds_comesLast()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    auto *session = fixture.logs.front()->session;
    for (int i = 0; i < 3; ++i)
        EngineFixture::sendText(*session, QByteArray(100'000, 'x'));
    session->close(CloseReason::ServerShutdown);
    for (int i = 0; i < 3; ++i) {
        const auto poll = fixture.get(sid);
        fixture.turn();
        QVERIFY(poll->isAnswered());
        QCOMPARE(poll->body().size(), 100'001);
    }
    const auto last = fixture.get(sid);
    fixture.turn();
    QCOMPARE(last->body(), QByteArray("1"));
    QCOMPARE(fixture.engine->sessionCount(), 0);
}

void PollingTest::send_whileNoGetWaits_isKeptInOrder()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    auto *session = fixture.logs.front()->session;
    EngineFixture::sendText(*session, "one");
    fixture.turn();
    EngineFixture::sendText(*session, "two");
    fixture.turn();
    const auto poll = fixture.get(sid);
    fixture.turn();
    QCOMPARE(poll->body(), QByteArray("4one\x1e"
                                      "4two"));
    const auto next = fixture.get(sid);
    fixture.turn();
    QVERIFY(!next->isAnswered());
}

void PollingTest::send_binary_isBase64()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const std::array frames{Frame{FrameKind::Text, "4hello"}, Frame{FrameKind::Binary, "\x01\x02\x03\x04"}};
    fixture.logs.front()->session->send(frames);
    const auto poll = fixture.get(sid);
    fixture.turn();
    QCOMPARE(poll->body(), QByteArray("4hello\x1e"
                                      "bAQIDBA=="));
}

void PollingTest::post_packets_reachTheListener()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const auto answer = fixture.post(sid, "4one\x1e"
                                          "bAQID\x1e"
                                          "4é€😀");
    QCOMPARE(answer->status(), 200);
    QCOMPARE(answer->response->contentType, QByteArray("text/html"));
    QCOMPARE(answer->header("cache-control"), QByteArray("no-store"));
    QCOMPARE(answer->body(), QByteArray("ok"));
    QCOMPARE(fixture.logs.front()->texts(), (QList<QByteArray>{"one", "<binary>\x01\x02\x03", "é€😀"}));
}

namespace {

constexpr int many = 1'000;

struct SharedTurns
{
    SharedTurns() { options.turns = &turns; }
    QByteArray payload() const
    {
        QList<QByteArray> packets;
        for (int i = 0; i < many; ++i)
            packets.append('4' + QByteArray::number(i));
        return packets.join('\x1e');
    }
    /// All of them, in order.
    static bool areAll(const QList<QByteArray> &texts)
    {
        for (int i = 0; i < texts.size(); ++i) {
            if (texts[i] != QByteArray::number(i))
                return false;
        }
        return texts.size() == many;
    }

    transport::TurnQueue turns;
    engineio::EngineOptions options;
};

} // namespace

void PollingTest::post_ofManyPackets_isHeardInShares_andAnsweredAtTheEnd()
{
    SharedTurns shared;
    EngineFixture fixture(shared.options);
    const QByteArray sid = fixture.openPolling();
    const auto answer = fixture.post(sid, shared.payload());
    const SessionLog &log = *fixture.logs.front();
    QCOMPARE(log.messages.size(), transport::TurnQueue::share);
    for (int turns = 0; log.messages.size() < many; ++turns) {
        QVERIFY(turns < 10);
        QVERIFY(!answer->isAnswered());
        QVERIFY(shared.turns.run());
        fixture.turn();
    }
    QVERIFY(SharedTurns::areAll(log.texts()));
    QCOMPARE(answer->body(), QByteArray("ok"));
    QVERIFY(!shared.turns.run());
    QCOMPARE(fixture.post(sid, "4next")->body(), QByteArray("ok"));

    // One that cannot be divided waits for its turn.
    const QByteArray large(200'000, 'x');
    const auto later = fixture.post(sid, '4' + large);
    QVERIFY(!later->isAnswered());
    QVERIFY(shared.turns.run());
    QCOMPARE(log.texts().last(), large);
    QCOMPARE(later->body(), QByteArray("ok"));
}

void PollingTest::post_ofManyPackets_afterTheSession_isAnswered_data()
{
    QTest::addColumn<bool>("isOrderly");
    QTest::newRow("closed in order") << true;
    QTest::newRow("closed at once") << false;
}
void PollingTest::post_ofManyPackets_afterTheSession_isAnswered()
{
    QFETCH(bool, isOrderly);
    SharedTurns shared;
    EngineFixture fixture(shared.options);
    const QByteArray sid = fixture.openPolling();
    SessionLog &log = *fixture.logs.front();
    if (isOrderly)
        log.onMessage = [&](const QByteArray &text) {
            if (text == "20")
                log.session->close(CloseReason::ForcedClose);
        };
    const auto answer = fixture.post(sid, shared.payload() + (isOrderly ? ""
                                                                        : "\x1e"
                                                                          "1"));
    const auto poll = fixture.get(sid);
    while (shared.turns.run())
        fixture.turn();
    fixture.turn();
    QCOMPARE(answer->body(), QByteArray("ok"));
    QCOMPARE(log.messages.size(), isOrderly ? 21 : many);
    QVERIFY(poll->isAnswered());
    QCOMPARE(fixture.engine->sessionCount(), 0);
    QCOMPARE(log.closes.size(), 1);
}

void PollingTest::post_beforeTheLastIsAnswered_closes()
{
    SharedTurns shared;
    EngineFixture fixture(shared.options);
    const QByteArray sid = fixture.openPolling();
    const auto first = fixture.post(sid, shared.payload());
    QCOMPARE(fixture.post(sid, "4second")->status(), 400);
    fixture.turn(); // the session ends
    QCOMPARE(fixture.logs.front()->closes, QList<QByteArray>{"transport error"});
    QCOMPARE(fixture.engine->sessionCount(), 0);
    QCOMPARE(first->body(), QByteArray("ok"));
    QVERIFY(!shared.turns.run());
}

void PollingTest::post_ofManyPackets_comesBeforeTheUpgrade()
{
    SharedTurns shared;
    EngineFixture fixture(shared.options);
    const QByteArray sid = fixture.openPolling();
    const auto answer = fixture.post(sid, shared.payload());
    const auto socket = fixture.probe(sid);
    socket->receiveText("2probe");
    socket->receiveText("5");
    QVERIFY(SharedTurns::areAll(fixture.logs.front()->texts()));
    QCOMPARE(answer->body(), QByteArray("ok"));
    QVERIFY(!shared.turns.run());
    socket->receiveText("4behind");
    QCOMPARE(fixture.logs.front()->texts().last(), QByteArray("behind"));
}

void PollingTest::post_emptyMessage_reachesTheListener()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    fixture.post(sid, "4");
    QCOMPARE(fixture.logs.front()->texts(), QList<QByteArray>{""});
}

void PollingTest::post_malformed_isOkThenClosed_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("unknown type") << QByteArray("abc");
    QTest::newRow("separator alone") << QByteArray("\x1e");
    QTest::newRow("bad base64") << QByteArray("b***");
    QTest::newRow("not UTF-8") << QByteArray("4\xff");
}

void PollingTest::post_malformed_isOkThenClosed()
{
    QFETCH(QByteArray, body);
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const auto poll = fixture.get(sid);
    const auto answer = fixture.post(sid, body);
    QCOMPARE(answer->status(), 200);
    QCOMPARE(answer->body(), QByteArray("ok"));
    QVERIFY(fixture.logs.front()->closes.isEmpty()); // told at the turn's end
    QCOMPARE(fixture.post(sid, "4late")->body(), unknownSid);
    fixture.turn();
    QCOMPARE(fixture.logs.front()->closes, QList<QByteArray>{"parse error"});
    QCOMPARE(fixture.logs.front()->session, nullptr);
    QVERIFY(fixture.logs.front()->messages.isEmpty());
    QCOMPARE(poll->body(), QByteArray("1"));
    QCOMPARE(fixture.engine->sessionCount(), 0);
    QCOMPARE(fixture.get(sid)->body(), unknownSid);
    QCOMPARE(fixture.count(Counter::SessionsClosed), 1U);
}

void PollingTest::post_packetsBeforeTheMalformedOne_arrive()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    fixture.post(sid, "4one\x1ez\x1e"
                      "4two");
    fixture.turn();
    QCOMPARE(fixture.logs.front()->texts(), QList<QByteArray>{"one"});
    QCOMPARE(fixture.logs.front()->closes, QList<QByteArray>{"parse error"});
}

void PollingTest::post_octetStream_isRefusedAndCloses_data()
{
    QTest::addColumn<QByteArray>("contentType");
    QTest::newRow("plain") << QByteArray("application/octet-stream");
    QTest::newRow("with a parameter") << QByteArray("Application/Octet-Stream ; x=y");
}

void PollingTest::post_octetStream_isRefusedAndCloses()
{
    QFETCH(QByteArray, contentType);
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const auto poll = fixture.get(sid);
    const auto answer = fixture.request(
        makeRequest("POST", EngineFixture::polling(sid), "4hello", {{"Content-Type", contentType}}));
    fixture.turn();
    QCOMPARE(answer->status(), 400);
    QCOMPARE(poll->body(), QByteArray("1"));
    QVERIFY(fixture.logs.front()->messages.isEmpty());
    QCOMPARE(fixture.logs.front()->closes, QList<QByteArray>{"transport error"});
}

void PollingTest::post_wrongDirection_closes_data()
{
    QTest::addColumn<QByteArray>("packet");
    QTest::newRow("open") << QByteArray("0{}");
    QTest::newRow("ping") << QByteArray("2");
    QTest::newRow("probe") << QByteArray("2probe");
    QTest::newRow("noop") << QByteArray("6");
}

void PollingTest::post_wrongDirection_closes()
{
    QFETCH(QByteArray, packet);
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    QCOMPARE(fixture.post(sid, packet)->body(), QByteArray("ok"));
    fixture.turn();
    QCOMPARE(fixture.logs.front()->closes, QList<QByteArray>{"transport error"});
    QCOMPARE(fixture.get(sid)->body(), unknownSid);
}

void PollingTest::post_closePacket_letsTheGetGo_andTheRestIsIgnored()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const auto poll = fixture.get(sid);
    const auto answer = fixture.post(sid, "4one\x1e"
                                          "1\x1e"
                                          "4two");
    fixture.turn();
    QCOMPARE(answer->body(), QByteArray("ok"));
    QCOMPARE(poll->body(), QByteArray("6"));
    QCOMPARE(fixture.logs.front()->texts(), QList<QByteArray>{"one"});
    QCOMPARE(fixture.logs.front()->closes, QList<QByteArray>{"transport close"});
    QCOMPARE(fixture.get(sid)->body(), unknownSid);
}

void PollingTest::secondGet_isRefused_andTheFirstGetsClose()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const auto first = fixture.get(sid);
    const auto second = fixture.get(sid);
    fixture.turn();
    QCOMPARE(second->status(), 400);
    QCOMPARE(first->status(), 200);
    QCOMPARE(first->body(), QByteArray("1"));
    QCOMPARE(fixture.logs.front()->closes, QList<QByteArray>{"transport error"});
    QCOMPARE(fixture.get(sid)->body(), unknownSid);
}

void PollingTest::secondPost_whileABodyArrives_isRefusedAndCloses()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const auto poll = fixture.get(sid);
    const auto body = fixture.engine->onBodyBegins(makeRequest("POST", EngineFixture::polling(sid)));
    QVERIFY(body);
    QCOMPARE(fixture.post(sid, "4second")->status(), 400);
    fixture.turn();
    QCOMPARE(poll->body(), QByteArray("1"));
    QVERIFY(fixture.logs.front()->messages.isEmpty());
    QCOMPARE(fixture.logs.front()->closes, QList<QByteArray>{"transport error"});
}

void PollingTest::secondBody_whileABodyArrives_closes()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const auto head = makeRequest("POST", EngineFixture::polling(sid));
    auto first = fixture.engine->onBodyBegins(head);
    auto second = fixture.engine->onBodyBegins(head);
    fixture.turn();
    QCOMPARE(fixture.logs.front()->closes, QList<QByteArray>{"transport error"});
    second.reset();
    QCOMPARE(fixture.post(sid, "4second")->status(), 400);
}

void PollingTest::post_afterABrokenOffOne_isTaken()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    auto body = fixture.engine->onBodyBegins(makeRequest("POST", EngineFixture::polling(sid)));
    body.reset();
    QCOMPARE(fixture.post(sid, "4hello")->body(), QByteArray("ok"));
    QVERIFY(!fixture.engine->onBodyBegins(makeRequest("PUT", EngineFixture::polling(sid))));
    QVERIFY(!fixture.engine->onBodyBegins(makeRequest("POST", EngineFixture::polling("abc"))));
    QVERIFY(!fixture.engine->onBodyBegins(makeRequest("POST", "/socket.io/?EIO=4&transport=polling")));
    fixture.turn();
    QVERIFY(fixture.logs.front()->closes.isEmpty());
}

void PollingTest::abortedPoll_closes()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const auto poll = fixture.get(sid);
    poll->abort();
    QCOMPARE(fixture.get(sid)->body(), unknownSid);
    fixture.turn();
    QCOMPARE(fixture.logs.front()->closes, QList<QByteArray>{"transport error"});
    QVERIFY(poll->isDestroyed);
}

void PollingTest::connectionLost_afterTheAnswer_doesNotClose()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const auto poll = fixture.get(sid);
    EngineFixture::sendText(*fixture.logs.front()->session, "one");
    fixture.turn();
    QVERIFY(poll->isAnswered());
    poll->abort(); // answered: nothing of ours any more
    fixture.turn();
    QVERIFY(fixture.logs.front()->closes.isEmpty());
}

QTEST_APPLESS_MAIN(PollingTest)
#include "PollingTest.moc"
