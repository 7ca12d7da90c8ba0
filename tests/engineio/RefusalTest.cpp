#include "EngineFixture.h"
#include "engineio/Router.h"
#include "engineio/SessionIds.h"

#include <QSet>

using namespace concierge;
using namespace concierge::test;
using metrics::Counter;

/// Which requests are refused, with which answer, and in which order that is found out.
class RefusalTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void handshake_refused_data();
    void handshake_refused();
    void upgradeHandshake_refused_data();
    void upgradeHandshake_refused();
    void webSocket_whereThereIsNone_isATransportUnknown();
    void originHeader_illegalCharacter_isBadRequest_data();
    void originHeader_illegalCharacter_isBadRequest();
    void sidOfPolling_refused_data();
    void sidOfPolling_refused();
    void sidOfWebSocket_plainRequest_isBadRequest_data();
    void sidOfWebSocket_plainRequest_isBadRequest();
    void otherMethodWithSid_isNotAllowed_andTheSessionLives_data();
    void otherMethodWithSid_isNotAllowed_andTheSessionLives();
    void path_onlyWithOrWithoutTrailingSlash_data();
    void path_onlyWithOrWithoutTrailingSlash();
    void router_picksTheEngineByPath();
    void refusals_areCountedByTheirReason_data();
    void refusals_areCountedByTheirReason();
    void transports_areCountedThroughAnUpgradeToTheEnd();
    void ownerOf_namesTheWorkerInTheSid();
    void sids_areUnlikeEachOther();
};

void RefusalTest::handshake_refused_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("query");
    QTest::addColumn<QByteArray>("body");
    const QByteArray transportUnknown = R"({"code":0,"message":"Transport unknown"})";
    const QByteArray badMethod = R"({"code":2,"message":"Bad handshake method"})";
    const QByteArray badVersion = R"({"code":5,"message":"Unsupported protocol version"})";
    QTest::newRow("no query") << QByteArray("GET") << QByteArray() << transportUnknown;
    QTest::newRow("no transport") << QByteArray("GET") << QByteArray("?EIO=4") << transportUnknown;
    QTest::newRow("unknown transport")
        << QByteArray("GET") << QByteArray("?EIO=4&transport=abc") << transportUnknown;
    QTest::newRow("webtransport") << QByteArray("GET") << QByteArray("?EIO=4&transport=webtransport")
                                  << transportUnknown;
    QTest::newRow("a property of every JavaScript object")
        << QByteArray("GET") << QByteArray("?EIO=4&transport=constructor") << transportUnknown;
    QTest::newRow("transport before sid")
        << QByteArray("POST") << QByteArray("?sid=abc&transport=abc") << transportUnknown;
    QTest::newRow("sid before method")
        << QByteArray("POST") << QByteArray("?EIO=4&transport=polling&sid=abc") << unknownSid;
    QTest::newRow("sid before protocol")
        << QByteArray("GET") << QByteArray("?transport=polling&sid=abc") << unknownSid;
    QTest::newRow("sid like a property")
        << QByteArray("GET") << QByteArray("?EIO=4&transport=polling&sid=__proto__") << unknownSid;
    QTest::newRow("POST") << QByteArray("POST") << QByteArray("?EIO=4&transport=polling") << badMethod;
    QTest::newRow("PUT, empty sid") << QByteArray("PUT") << QByteArray("?EIO=4&transport=polling&sid=")
                                    << badMethod;
    QTest::newRow("method before upgrade")
        << QByteArray("POST") << QByteArray("?EIO=4&transport=websocket") << badMethod;
    QTest::newRow("websocket without upgrade")
        << QByteArray("GET") << QByteArray("?EIO=4&transport=websocket") << badRequest;
    QTest::newRow("upgrade before protocol")
        << QByteArray("GET") << QByteArray("?transport=websocket") << badRequest;
    QTest::newRow("no EIO") << QByteArray("GET") << QByteArray("?transport=polling") << badVersion;
    QTest::newRow("EIO 3") << QByteArray("GET") << QByteArray("?EIO=3&transport=polling") << badVersion;
    QTest::newRow("EIO abc") << QByteArray("GET") << QByteArray("?EIO=abc&transport=polling") << badVersion;
    QTest::newRow("EIO 04") << QByteArray("GET") << QByteArray("?EIO=04&transport=polling") << badVersion;
}

void RefusalTest::handshake_refused()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, query);
    QFETCH(QByteArray, body);
    EngineFixture fixture;
    const auto answer = fixture.request(makeRequest(method, "/socket.io/" + query));
    QCOMPARE(answer->status(), 400);
    QCOMPARE(answer->response->contentType, QByteArray("application/json"));
    QCOMPARE(answer->body(), body);
    QCOMPARE(fixture.engine->sessionCount(), 0);
    QCOMPARE(fixture.count(Counter::HttpRefused), 1U);
}

void RefusalTest::upgradeHandshake_refused_data()
{
    QTest::addColumn<QByteArray>("query");
    QTest::addColumn<QByteArray>("message");
    QTest::newRow("unknown transport")
        << QByteArray("?EIO=4&transport=abc") << QByteArray("Transport unknown");
    QTest::newRow("polling") << QByteArray("?EIO=4&transport=polling") << QByteArray("Bad request");
    QTest::newRow("unknown sid") << QByteArray("?EIO=4&transport=websocket&sid=abc")
                                 << QByteArray("Session ID unknown");
    QTest::newRow("no EIO") << QByteArray("?transport=websocket")
                            << QByteArray("Unsupported protocol version");
    QTest::newRow("EIO abc") << QByteArray("?EIO=abc&transport=websocket")
                             << QByteArray("Unsupported protocol version");
}

void RefusalTest::upgradeHandshake_refused()
{
    QFETCH(QByteArray, query);
    QFETCH(QByteArray, message);
    EngineFixture fixture;
    const auto answer = fixture.engine->onUpgradeRequest(makeRequest("GET", "/socket.io/" + query));
    QVERIFY(answer);
    QCOMPARE(answer->status, 400);
    QCOMPARE(answer->body, message);
    QVERIFY(answer->contentType.startsWith("text/plain"));
    QCOMPARE(fixture.count(Counter::HttpRefused), 1U);
}

void RefusalTest::webSocket_whereThereIsNone_isATransportUnknown()
{
    const QByteArray message("Transport unknown: this server was built without WebSocket, use polling");
    engineio::EngineOptions options;
    options.upgrades = engineio::Upgrades::None;
    EngineFixture fixture(options);
    const auto plain = fixture.request(makeRequest("GET", "/socket.io/?EIO=4&transport=websocket"));
    QCOMPARE(plain->status(), 400);
    QCOMPARE(plain->body(), QByteArray(R"({"code":0,"message":")" + message + R"("})"));

    const auto polling = fixture.request(makeRequest("GET", "/socket.io/?EIO=4&transport=polling"));
    QCOMPARE(polling->status(), 200);
    QVERIFY(polling->body().contains(R"("upgrades":[],)"));
    fixture.turn();
    const QByteArray sid = EngineFixture::sidIn(polling->body());
    for (const QByteArray &query : {QByteArray(), QByteArray("&sid=" + sid)}) {
        const auto upgrade = fixture.engine->onUpgradeRequest(
            makeRequest("GET", "/socket.io/?EIO=4&transport=websocket" + query));
        QVERIFY(upgrade);
        QCOMPARE(upgrade->status, 400);
        QCOMPARE(upgrade->body, message);
    }
    QCOMPARE(fixture.engine->sessionCount(), 1);
}

void RefusalTest::originHeader_illegalCharacter_isBadRequest_data()
{
    QTest::addColumn<QByteArray>("origin");
    QTest::addColumn<bool>("isLegal");
    QTest::newRow("ordinary") << QByteArray("http://example.org") << true;
    QTest::newRow("tab") << QByteArray("a\tb") << true;
    QTest::newRow("beyond ASCII") << QByteArray("http://b\xfc"
                                                "cher.example")
                                  << true;
    QTest::newRow("control") << QByteArray("a\x01") << false;
    QTest::newRow("delete") << QByteArray("a\x7f") << false;
}

void RefusalTest::originHeader_illegalCharacter_isBadRequest()
{
    QFETCH(QByteArray, origin);
    QFETCH(bool, isLegal);
    EngineFixture fixture;
    // Found out before the sid is looked at.
    const QByteArray target = isLegal ? QByteArray("/socket.io/?EIO=4&transport=polling")
                                      : QByteArray("/socket.io/?EIO=4&transport=polling&sid=abc");
    const auto answer = fixture.request(makeRequest("GET", target, {}, {{"Origin", origin}}));
    QCOMPARE(answer->status(), isLegal ? 200 : 400);
    if (!isLegal)
        QCOMPARE(answer->body(), badRequest);
}

void RefusalTest::sidOfPolling_refused_data()
{
    QTest::addColumn<QByteArray>("query");
    QTest::newRow("websocket without upgrade") << QByteArray("?EIO=4&transport=websocket&sid=");
    QTest::newRow("EIO 3") << QByteArray("?EIO=3&transport=polling&sid=");
    QTest::newRow("no EIO") << QByteArray("?transport=polling&sid=");
}

void RefusalTest::sidOfPolling_refused()
{
    QFETCH(QByteArray, query);
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const auto answer = fixture.request(makeRequest("GET", "/socket.io/" + query + sid));
    QCOMPARE(answer->status(), 400);
    QCOMPARE(answer->body(), badRequest);
    fixture.turn();
    QVERIFY(fixture.logs.front()->closes.isEmpty());
}

void RefusalTest::sidOfWebSocket_plainRequest_isBadRequest_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("transport");
    QTest::newRow("GET polling") << QByteArray("GET") << QByteArray("polling");
    QTest::newRow("POST polling") << QByteArray("POST") << QByteArray("polling");
    QTest::newRow("GET websocket") << QByteArray("GET") << QByteArray("websocket");
}

void RefusalTest::sidOfWebSocket_plainRequest_isBadRequest()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, transport);
    EngineFixture fixture;
    const auto socket = fixture.openWebSocket();
    const QByteArray sid = EngineFixture::sidIn(socket->texts().front());
    const auto answer = fixture.request(
        makeRequest(method, "/socket.io/?EIO=4&transport=" + transport + "&sid=" + sid, "4hello"));
    QCOMPARE(answer->status(), 400);
    QCOMPARE(answer->body(), badRequest);
    fixture.turn();
    QVERIFY(fixture.logs.front()->closes.isEmpty());
    QVERIFY(fixture.logs.front()->messages.isEmpty());
}

void RefusalTest::otherMethodWithSid_isNotAllowed_andTheSessionLives_data()
{
    QTest::addColumn<QByteArray>("method");
    for (const char *method : {"PUT", "DELETE", "HEAD", "PATCH"})
        QTest::newRow(method) << QByteArray(method);
}

void RefusalTest::otherMethodWithSid_isNotAllowed_andTheSessionLives()
{
    QFETCH(QByteArray, method);
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const auto answer = fixture.request(makeRequest(method, EngineFixture::polling(sid), "4hello"));
    fixture.turn();
    QCOMPARE(answer->status(), 405);
    QCOMPARE(answer->header("Allow"), QByteArray("GET, POST"));
    QVERIFY(fixture.logs.front()->closes.isEmpty());
    QCOMPARE(fixture.post(sid, "4hello")->body(), QByteArray("ok"));
}

void RefusalTest::path_onlyWithOrWithoutTrailingSlash_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<bool>("isServed");
    QTest::newRow("without") << QByteArray("/socket.io") << true;
    QTest::newRow("with") << QByteArray("/socket.io/") << true;
    QTest::newRow("two slashes") << QByteArray("/socket.io//") << false;
    QTest::newRow("below") << QByteArray("/socket.io/abc") << false;
    QTest::newRow("longer") << QByteArray("/socket.iox") << false;
    QTest::newRow("shorter") << QByteArray("/socket.i") << false;
    QTest::newRow("root") << QByteArray("/") << false;
    QTest::newRow("empty") << QByteArray() << false;
}

void RefusalTest::path_onlyWithOrWithoutTrailingSlash()
{
    QFETCH(QByteArray, path);
    QFETCH(bool, isServed);
    EngineFixture fixture;
    QCOMPARE(fixture.engine->serves(path), isServed);
    const auto request = makeRequest("GET", path + "?EIO=4&transport=polling");
    QCOMPARE(fixture.request(request)->status(), isServed ? 200 : 404);

    const auto upgrade =
        fixture.engine->onUpgradeRequest(makeRequest("GET", path + "?EIO=4&transport=websocket"));
    QCOMPARE(upgrade ? upgrade->status : 101, isServed ? 101 : 404);
}

void RefusalTest::router_picksTheEngineByPath()
{
    engineio::EngineOptions bareOptions;
    bareOptions.path = "/engine.io/";
    EngineFixture bare(bareOptions);
    EngineFixture chat;
    engineio::Router router;
    router.add(*bare.engine);
    router.add(*chat.engine);

    const auto ask = [&router](const QByteArray &target) {
        auto log = std::make_shared<ExchangeLog>();
        router.onRequest(std::make_unique<FakeExchange>(makeRequest("GET", target), log));
        return log;
    };
    QCOMPARE(ask("/engine.io?EIO=4&transport=polling")->status(), 200);
    QCOMPARE(bare.engine->sessionCount(), 1);
    QCOMPARE(chat.engine->sessionCount(), 0);
    QCOMPARE(ask("/socket.io/?EIO=4&transport=polling")->status(), 200);
    QCOMPARE(chat.engine->sessionCount(), 1);
    QCOMPARE(ask("/?EIO=4&transport=polling")->status(), 404);

    const auto upgrade = makeRequest("GET", "/engine.io/?EIO=4&transport=websocket");
    QVERIFY(!router.onUpgradeRequest(upgrade));
    router.onWebSocket(upgrade, std::make_unique<FakeWebSocket>(std::make_shared<WebSocketLog>()));
    QCOMPARE(bare.engine->sessionCount(), 2);
    const auto lost = router.onUpgradeRequest(makeRequest("GET", "/x?EIO=4&transport=websocket"));
    QVERIFY(lost);
    QCOMPARE(lost->status, 404);
    QVERIFY(!router.ownerOf(makeRequest("GET", "/x?sid=AAAAAAAAAAAAAAAAAAAA")));
}

void RefusalTest::refusals_areCountedByTheirReason_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("target");
    QTest::addColumn<bool>("isDraining");
    QTest::addColumn<metrics::Refused>("reason");
    const auto row = [](const char *name, const char *method, const char *target, metrics::Refused reason,
                        bool isDraining = false) {
        QTest::newRow(name) << QByteArray(method) << QByteArray(target) << isDraining << reason;
    };
    using metrics::Refused;
    row("path", "GET", "/other", Refused::NotFound);
    row("transport", "GET", "/socket.io/?EIO=4&transport=carrier", Refused::UnknownTransport);
    row("protocol", "GET", "/socket.io/?EIO=3&transport=polling", Refused::UnsupportedProtocol);
    row("sid", "GET", "/socket.io/?EIO=4&transport=polling&sid=x", Refused::UnknownSession);
    row("method", "POST", "/socket.io/?EIO=4&transport=polling", Refused::BadMethod);
    row("no upgrade", "GET", "/socket.io/?EIO=4&transport=websocket", Refused::BadRequest);
    row("draining", "GET", "/socket.io/?EIO=4&transport=polling", Refused::Draining, true);
}

void RefusalTest::refusals_areCountedByTheirReason()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, target);
    QFETCH(bool, isDraining);
    QFETCH(metrics::Refused, reason);
    EngineFixture fixture;
    if (isDraining)
        fixture.engine->refuseHandshakes();
    fixture.request(makeRequest(method, target));
    QCOMPARE(fixture.counters.read(reason), 1U);
    QCOMPARE(fixture.count(Counter::HttpRefused), 1U);
}

void RefusalTest::transports_areCountedThroughAnUpgradeToTheEnd()
{
    EngineFixture fixture;
    const auto webSockets = [&fixture] {
        return fixture.count(Counter::WebSocketsOpened) - fixture.count(Counter::WebSocketsClosed);
    };
    const auto direct = fixture.openWebSocket();
    const QByteArray sid = fixture.openPolling();
    fixture.turn();
    QCOMPARE(webSockets(), 1U);
    const auto probe = fixture.probe(sid);
    probe->receiveText("2probe");
    probe->receiveText("5");
    fixture.turn();
    QCOMPARE(webSockets(), 2U);
    probe->receiveText("1");
    direct->receiveText("1");
    fixture.turn();
    QCOMPARE(webSockets(), 0U);
    QCOMPARE(fixture.count(Counter::SessionsOpened), 2U);
    QCOMPARE(fixture.count(Counter::SessionsClosed), 2U);
}

void RefusalTest::ownerOf_namesTheWorkerInTheSid()
{
    engineio::EngineOptions options;
    options.workerIndex = 1;
    options.workerCount = 130;
    EngineFixture fixture(options);
    const auto owner = [&fixture](const QByteArray &sid) {
        return fixture.engine->ownerOf(makeRequest("GET", EngineFixture::polling(sid)));
    };
    QCOMPARE(owner(engineio::makeSessionId(0).utf8()), std::optional<int>(0));
    QCOMPARE(owner(engineio::makeSessionId(129).utf8()), std::optional<int>(129));
    QCOMPARE(owner(engineio::makeSessionId(130).utf8()), std::optional<int>());
    QCOMPARE(owner(engineio::makeSessionId(4095).utf8()), std::optional<int>());
    QCOMPARE(owner(fixture.openPolling()), std::optional<int>()); // its own
    QCOMPARE(owner("AA"), std::optional<int>());
    QCOMPARE(owner("**AAAAAAAAAAAAAAAAAA"), std::optional<int>());
    QCOMPARE(owner(""), std::optional<int>());
    QCOMPARE(fixture.engine->ownerOf(makeRequest("GET", "/socket.io/?EIO=4")), std::optional<int>());
}

void RefusalTest::sids_areUnlikeEachOther()
{
    QSet<QByteArray> tails;
    for (int i = 0; i < 1000; ++i) {
        const QByteArray sid = engineio::makeSessionId(70).utf8();
        QCOMPARE(sid.size(), 20);
        QVERIFY(!sid.contains('+') && !sid.contains('/') && !sid.contains('='));
        QCOMPARE(engineio::workerOf(sid), std::optional<int>(70));
        tails.insert(sid.right(9));
        tails.insert(sid.mid(2, 9));
    }
    QCOMPARE(tails.size(), 2000);
}

QTEST_APPLESS_MAIN(RefusalTest)
#include "RefusalTest.moc"
