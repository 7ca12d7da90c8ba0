#include "GateFixture.h"

#include <QTest>

using namespace concierge;
using namespace concierge::test;
using namespace concierge::transport;

namespace {

GateOptions listing(const QList<QByteArray> &origins)
{
    GateOptions options;
    options.cors.origins = origins;
    return options;
}

QByteArray origin(QByteArrayView value)
{
    return "Origin: " + value.toByteArray() + "\r\n";
}

} // namespace

class TestCorsGate : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void answer_byOrigin_permits_data();
    void answer_byOrigin_permits();
    void answer_anyOriginWithoutCredentials_isAPlainStar();
    void answer_toBrokenRequest_permitsToo();
    void preflight_isAnsweredByTheGate();
    void preflight_thenRequest_sameConnection();
    void upgrade_byOrigin_data();
    void upgrade_byOrigin();
    void upgrade_refusedByListener_comesFirst();
};

void TestCorsGate::answer_byOrigin_permits_data()
{
    QTest::addColumn<QList<QByteArray>>("origins");
    QTest::addColumn<bool>("any");
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<QByteArray>("allowed");
    QTest::addColumn<QByteArray>("vary");
    const QList<QByteArray> two{"http://a.example", "https://b.example:8443"};
    const auto row = [](const char *name, const QList<QByteArray> &origins, bool any,
                        const QByteArray &header, const QByteArray &allowed, const QByteArray &vary) {
        QTest::newRow(name) << origins << any << header << allowed << vary;
    };
    row("off, no origin", {}, false, "", "", "");
    row("off, origin", {}, false, origin("http://a.example"), "", "");
    row("listed", two, false, origin("http://a.example"), "http://a.example", "Origin");
    row("listed second", two, false, origin("https://b.example:8443"), "https://b.example:8443", "Origin");
    row("not listed", two, false, origin("http://c.example"), "", "Origin");
    row("other scheme", two, false, origin("https://a.example"), "", "Origin");
    row("other port", two, false, origin("http://a.example:81"), "", "Origin");
    row("listed one as prefix", two, false, origin("http://a.example.evil"), "", "Origin");
    row("null", two, false, origin("null"), "", "Origin");
    row("no origin", two, false, "", "", "Origin");
    row("any, no origin", {}, true, "", "", "Origin");
    row("any", {}, true, origin("http://c.example"), "http://c.example", "Origin");
    row("any, illegal bytes", {}, true, origin("http://c.example\xC3\xA9"), "", "Origin");
    row("any, two words", {}, true, origin("http://c.example x"), "", "Origin");
}

void TestCorsGate::answer_byOrigin_permits()
{
    QFETCH(QList<QByteArray>, origins);
    QFETCH(bool, any);
    QFETCH(QByteArray, header);
    QFETCH(QByteArray, allowed);
    QFETCH(QByteArray, vary);
    GateOptions options = listing(origins);
    options.cors.anyOrigin = any;
    GateFixture gate(options);
    RawClient client(gate.port());
    const RawResponse response = client.ask(get("/echo", header));
    QCOMPARE(response.status, 200); // reading is the browser's to forbid
    QCOMPARE(response.header("access-control-allow-origin"), allowed);
    QCOMPARE(response.header("access-control-allow-credentials"),
             allowed.isEmpty() ? QByteArray() : QByteArray("true"));
    QCOMPARE(response.header("vary"), vary);
}

void TestCorsGate::answer_anyOriginWithoutCredentials_isAPlainStar()
{
    GateOptions options;
    options.cors.anyOrigin = true;
    options.cors.credentials = false;
    GateFixture gate(options);
    RawClient client(gate.port());
    const RawResponse response = client.ask(get("/echo", origin("http://a.example")));
    QCOMPARE(response.header("access-control-allow-origin"), QByteArray("*"));
    QCOMPARE(response.header("access-control-allow-credentials"), QByteArray());
}

void TestCorsGate::answer_toBrokenRequest_permitsToo()
{
    GateFixture gate(listing({"http://a.example"}));
    RawClient client(gate.port());
    const RawResponse response = client.ask("POST / HTTP/1.1\r\nHost: x\r\nOrigin: http://a.example\r\n"
                                            "Content-Length: 2000000\r\n\r\n");
    QCOMPARE(response.status, 413);
    QCOMPARE(response.header("access-control-allow-origin"), QByteArray("http://a.example"));
}

void TestCorsGate::preflight_isAnsweredByTheGate()
{
    GateFixture gate(listing({"http://a.example"}));
    RawClient client(gate.port());
    const RawResponse response =
        client.ask("OPTIONS /echo HTTP/1.1\r\nHost: x\r\nOrigin: http://a.example\r\n"
                   "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: x-foo, y\r\n\r\n");
    QCOMPARE(response.status, 204);
    QCOMPARE(response.header("access-control-allow-origin"), QByteArray("http://a.example"));
    QCOMPARE(response.header("access-control-allow-credentials"), QByteArray("true"));
    QCOMPARE(response.header("access-control-allow-methods"), QByteArray("GET,POST"));
    QCOMPARE(response.header("access-control-allow-headers"), QByteArray("x-foo, y"));
    QCOMPARE(response.header("vary"), QByteArray("Access-Control-Request-Headers, Origin"));
    QCOMPARE(response.header("content-length"), QByteArray("0"));
}

void TestCorsGate::preflight_thenRequest_sameConnection()
{
    GateFixture gate(listing({"http://a.example"}));
    RawClient client(gate.port());
    client.send("OPTIONS /echo HTTP/1.1\r\nHost: x\r\n\r\n" + get("/echo"));
    QCOMPARE(client.receive().status, 204);
    QCOMPARE(client.receive().status, 200);
}

void TestCorsGate::upgrade_byOrigin_data()
{
    QTest::addColumn<QByteArray>("headers");
    QTest::addColumn<bool>("any");
    QTest::addColumn<int>("status");
    QTest::newRow("native client") << QByteArray() << false << 101;
    QTest::newRow("listed") << origin("http://a.example") << false << 101;
    QTest::newRow("same host") << origin("http://chat.example") << false << 101;
    QTest::newRow("same host, port written out") << origin("http://chat.example:80") << false << 101;
    QTest::newRow("same host behind TLS proxy") << origin("https://chat.example") << false << 101;
    QTest::newRow("same host, other port") << origin("http://chat.example:8080") << false << 403;
    QTest::newRow("other") << origin("http://evil.example") << false << 403;
    QTest::newRow("null") << origin("null") << false << 403;
    QTest::newRow("ends alike") << origin("http://evil-chat.example") << false << 403;
    QTest::newRow("any") << origin("http://evil.example") << true << 101;
}

void TestCorsGate::upgrade_byOrigin()
{
    QFETCH(QByteArray, headers);
    QFETCH(bool, any);
    QFETCH(int, status);
    GateOptions options = listing({"http://a.example"});
    options.cors.anyOrigin = any;
    GateFixture gate(options);
    RawClient client(gate.port());
    const RawResponse response = client.ask(upgrade("/", headers));
    QCOMPARE(response.status, status);
    if (status == 403) {
        QCOMPARE(response.body, QByteArray("Forbidden"));
        QVERIFY(client.isClosedByServer());
    }
}

void TestCorsGate::upgrade_refusedByListener_comesFirst()
{
    GateFixture gate;
    RawClient client(gate.port());
    const RawResponse response = client.ask(upgrade("/refuse", origin("http://evil.example")));
    QCOMPARE(response.status, 400);
    QCOMPARE(response.body, QByteArray("not here"));
    QVERIFY(client.isClosedByServer());
}

QTEST_GUILESS_MAIN(TestCorsGate)
#include "tst_cors_gate.moc"
