#include "engineio/Admission.h"
#include "EngineFixture.h"

#include <atomic>
#include <thread>

using namespace concierge;
using namespace concierge::engineio;
using namespace concierge::test;
using namespace std::chrono_literals;
using metrics::Refused;

namespace {

QHostAddress address(const char *text)
{
    return QHostAddress(QString::fromLatin1(text));
}

EngineOptions optionsWith(Admission &admission)
{
    EngineOptions options;
    options.admission = &admission;
    return options;
}

std::optional<Refused> reason(const std::optional<Admission::Refusal> &refusal)
{
    return refusal ? std::optional(refusal->reason) : std::nullopt;
}

} // namespace

/// Who is let in.
class AdmissionTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void total_isKept_andAPlaceComesBack();
    void perAddress_countsAddressesAsOne_data();
    void perAddress_countsAddressesAsOne();
    void rate_isOfOneAddress_andSaysWhenToComeBack();
    void memory_stopsNewOnes_untilThereIsSome();
    void table_ofIdleAddresses_isBounded();
    void total_isExact_whateverThreadAsks();
    void engine_refusesWithCodeAndRetryAfter_data();
    void engine_refusesWithCodeAndRetryAfter();
    void engine_webSocketRefusedFurtherDown_givesItsPlaceBack();
    void engine_sessionThatEnds_givesItsPlaceBack();
};

void AdmissionTest::total_isKept_andAPlaceComesBack()
{
    Admission admission(AdmissionLimits{.sessions = 2, .handshakesPerAddress = {}});
    QVERIFY(!admission.admit(address("1.1.1.1"), 1s));
    QVERIFY(!admission.isFull());
    QVERIFY(!admission.admit(address("2.2.2.2"), 1s));
    QVERIFY(admission.isFull());
    const auto refusal = admission.admit(address("3.3.3.3"), 1s);
    QCOMPARE(reason(refusal), std::optional(Refused::MaxConnections));
    QCOMPARE(refusal->status, 503);
    QVERIFY(refusal->retryAfter > 0);
    admission.release(address("1.1.1.1"), 1s);
    QVERIFY(!admission.admit(address("3.3.3.3"), 1s));
    QCOMPARE(admission.addresses(), 0); // nobody asked for them
}

void AdmissionTest::perAddress_countsAddressesAsOne_data()
{
    QTest::addColumn<QString>("one");
    QTest::addColumn<QString>("other");
    QTest::addColumn<bool>("isSame");
    const auto row = [](const char *one, const char *other, bool isSame) {
        QTest::addRow("%s and %s", one, other)
            << QString::fromLatin1(one) << QString::fromLatin1(other) << isSame;
    };
    row("1.1.1.1", "1.1.1.1", true);
    row("1.1.1.1", "1.1.1.2", false);
    row("1.1.1.1", "::ffff:1.1.1.1", true);
    row("2001:db8::1", "2001:db8::ffff:1", true);
    row("2001:db8:0:1::1", "2001:db8:0:2::1", false);
    row("fe80::1%eth0", "fe80::2%eth1", true);
    row("::1", "0.0.0.1", false);
}
void AdmissionTest::perAddress_countsAddressesAsOne()
{
    QFETCH(QString, one);
    QFETCH(QString, other);
    QFETCH(bool, isSame);
    Admission admission(AdmissionLimits{.sessionsPerAddress = 1, .handshakesPerAddress = {}});
    QVERIFY(!admission.admit(QHostAddress(one), 1s));
    const auto refusal = admission.admit(QHostAddress(other), 1s);
    QCOMPARE(reason(refusal), isSame ? std::optional(Refused::AddressConnections) : std::nullopt);
    if (refusal)
        QCOMPARE(refusal->status, 429);
    admission.release(QHostAddress(one), 1s);
    QVERIFY(!admission.admit(QHostAddress(one), 1s));
}

void AdmissionTest::rate_isOfOneAddress_andSaysWhenToComeBack()
{
    Admission admission(AdmissionLimits{.handshakesPerAddress = RateLimit(1, 3)});
    const QHostAddress busy = address("1.1.1.1");
    for (int i = 0; i < 3; ++i) {
        QVERIFY(!admission.admit(busy, 10s));
        admission.release(busy, 10s);
    }
    const auto refusal = admission.admit(busy, 10s);
    QCOMPARE(reason(refusal), std::optional(Refused::AddressRate));
    QCOMPARE(refusal->status, 429);
    QCOMPARE(refusal->retryAfter, 2);
    QVERIFY(!admission.admit(address("2.2.2.2"), 10s));
    QVERIFY(!admission.admit(busy, 11s));
    QVERIFY(admission.admit(busy, 11s));
}

void AdmissionTest::memory_stopsNewOnes_untilThereIsSome()
{
    Admission admission({});
    admission.setMemoryScarce(true);
    const auto refusal = admission.admit(address("1.1.1.1"), 1s);
    QCOMPARE(reason(refusal), std::optional(Refused::Memory));
    QCOMPARE(refusal->status, 503);
    admission.setMemoryScarce(false);
    QVERIFY(!admission.admit(address("1.1.1.1"), 1s));
}

void AdmissionTest::table_ofIdleAddresses_isBounded()
{
    constexpr int most = 160;
    Admission admission(AdmissionLimits{.handshakesPerAddress = RateLimit(1, 3), .idleAddresses = most});
    const QHostAddress stays = address("1.1.1.1");
    for (int i = 0; i < 3; ++i)
        QVERIFY(!admission.admit(stays, 1s));
    for (quint32 i = 0; i < 10'000; ++i) {
        const QHostAddress passing(0x0A00'0000U + i);
        QVERIFY(!admission.admit(passing, 1s));
        admission.release(passing, 1s);
    }
    QVERIFY2(admission.addresses() <= most + 1, qPrintable(QString::number(admission.addresses())));
    QCOMPARE(reason(admission.admit(stays, 1s)), std::optional(Refused::AddressRate)); // not forgotten
}

void AdmissionTest::total_isExact_whateverThreadAsks()
{
    constexpr int most = 1'000;
    Admission admission(
        AdmissionLimits{.sessions = most, .sessionsPerAddress = most, .handshakesPerAddress = {}});
    std::atomic<int> admitted{0};
    std::vector<std::thread> threads;
    for (quint32 thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&, thread] {
            for (quint32 i = 0; i < 500; ++i) {
                if (!admission.admit(QHostAddress(0x0A00'0000U + (i + thread) % 7), 1s))
                    ++admitted;
            }
        });
    }
    for (std::thread &thread : threads)
        thread.join();
    QCOMPARE(admitted.load(), most);
}

void AdmissionTest::engine_refusesWithCodeAndRetryAfter_data()
{
    QTest::addColumn<bool>("isMemory");
    QTest::addColumn<int>("status");
    QTest::addColumn<int>("reason");
    QTest::newRow("memory") << true << 503 << int(Refused::Memory);
    QTest::newRow("of one address") << false << 429 << int(Refused::AddressConnections);
}
void AdmissionTest::engine_refusesWithCodeAndRetryAfter()
{
    QFETCH(bool, isMemory);
    QFETCH(int, status);
    QFETCH(int, reason);
    Admission admission(AdmissionLimits{.sessionsPerAddress = 1, .handshakesPerAddress = {}});
    EngineFixture f(optionsWith(admission));
    const QByteArray sid = f.openPolling();
    admission.setMemoryScarce(isMemory);

    const auto answer = f.request(makeRequest("GET", "/socket.io/?EIO=4&transport=polling"));
    QCOMPARE(answer->response->status, status);
    QVERIFY2(answer->body().startsWith("{\"code\":4,\"message\":\""), answer->body().constData());
    QCOMPARE(answer->response->headers.value(0).first, QByteArray("retry-after"));
    const auto upgrade =
        f.engine->onUpgradeRequest(makeRequest("GET", "/socket.io/?EIO=4&transport=websocket"));
    QVERIFY(upgrade);
    QCOMPARE(upgrade->status, status);
    QVERIFY(!upgrade->body.startsWith('{'));
    QCOMPARE(f.counters.read(static_cast<Refused>(reason)), std::uint64_t(2));

    QVERIFY(f.probe(sid)); // the session there is goes on
    QCOMPARE(f.post(sid, "4x")->response->status, 200);
}

void AdmissionTest::engine_webSocketRefusedFurtherDown_givesItsPlaceBack()
{
    Admission admission(AdmissionLimits{.sessions = 1, .handshakesPerAddress = {}});
    EngineFixture f(optionsWith(admission));
    const auto request = makeRequest("GET", "/socket.io/?EIO=4&transport=websocket");
    QVERIFY(!f.engine->onUpgradeRequest(request)); // and then, say, its origin is refused
    QVERIFY(admission.isFull());
    f.turn();
    QVERIFY(!admission.isFull());
    QVERIFY(!f.engine->onUpgradeRequest(request));
    QVERIFY(!f.engine->onUpgradeRequest(request)); // pipelined in the same turn, one after the other
    QVERIFY(f.openWebSocket());
    f.turn();
    QVERIFY(admission.isFull());
}

void AdmissionTest::engine_sessionThatEnds_givesItsPlaceBack()
{
    Admission admission(AdmissionLimits{.sessions = 1, .handshakesPerAddress = {}});
    {
        EngineFixture f(optionsWith(admission));
        const QByteArray sid = f.openPolling();
        QVERIFY(!f.openWebSocket());
        f.post(sid, "1");
        f.turn();
        QVERIFY(f.openWebSocket());
        QVERIFY(admission.isFull());
    }
    QVERIFY(!admission.isFull()); // with its engine
}

QTEST_APPLESS_MAIN(AdmissionTest)
#include "AdmissionTest.moc"
