#include "GatewayFixture.h"
#include "app/MemoryWatermark.h"

#include <QTest>

using namespace concierge;
using namespace concierge::test;
using namespace std::chrono_literals;

namespace {

app::GatewayOptions limited(RateLimit events, Milliseconds registerTimeout = {})
{
    return {GatewayFixture::worker, {}, GatewayFixture::secret, true, events, registerTimeout};
}

const QByteArray tooFast = "too many events from this connection; send slower";
const QByteArray typing = R"(2["typing",{"receiverId":"bob","isTyping":true}])";

} // namespace

// The slots stand outside the class: moc loses count of braces in raw strings.
class ChatGatewayLimitsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void events_overTheRate_areRefused_andTheChatHearsNothing();
    void newUser_asSomebodyElse_costsAHundredEvents();
    void newUser_asTheSame_costsOne();
    void connect_again_bringsNothingBack_andCostsFiveHundredEvents();
    void messageRead_ofManyIds_costsMore_andHasALimit();
    void events_withoutARate_areNeverRefused();
    void socketWithoutNewUser_isToldAndClosed();
    void socketWhoseNewUserIsRefused_isClosedToo();
    void connectAgain_withoutNewUser_givesNoMoreTime();
    void newUser_asSomebodyElse_needsNoMoreThanTheBurst();
    void socketThatIsGone_isNotWaitedFor();
    void watermark_isOverUntilATenthBelow_data();
    void watermark_isOverUntilATenthBelow();
};

void ChatGatewayLimitsTest::events_overTheRate_areRefused_andTheChatHearsNothing()
{
    GatewayFixture f(limited(RateLimit(10, 2)));
    QCOMPARE(f.commandsOf(typing).size(), std::size_t(1));
    QCOMPARE(f.commandsOf(typing).size(), std::size_t(1));
    f.ann.takeSent();
    QCOMPARE(f.commandsOf(typing).size(), std::size_t(0));
    QCOMPARE(f.ann.takeSent(),
             QList<QByteArray>{R"(42["errorEvent",{"event":"typing","code":"rate_limited","message":")" +
                               tooFast + "\"}]"});
    QCOMPARE(f.commandsOf(R"(27["getPresence",["bob"]])").size(), std::size_t(0));
    QCOMPARE(f.ann.takeSent(),
             QList<QByteArray>{R"(437[{"ok":false,"error":{"code":"rate_limited","message":")" + tooFast +
                               "\"}}]"});
    QCOMPARE(f.counters.readRejected(quint8(chat::ErrorCode::RateLimited)), std::uint64_t(2));
    QCOMPARE(f.counters.read(metrics::Counter::EventsRejected), std::uint64_t(2));

    f.bob.receive(typing); // another socket has its own
    QCOMPARE(f.takeCommands().size(), std::size_t(1));
    f.clock.advance(100ms);
    QCOMPARE(f.commandsOf(typing).size(), std::size_t(1));
    QCOMPARE(f.commandsOf(typing).size(), std::size_t(0));
}

void ChatGatewayLimitsTest::newUser_asSomebodyElse_costsAHundredEvents()
{
    GatewayFixture f(limited(RateLimit(1'000, 250)));
    QCOMPARE(f.commandsOf(R"(2["newUser","one"])").size(),
             std::size_t(1)); // the first costs what any event does
    QCOMPARE(f.commandsOf(R"(2["newUser","two"])").size(), std::size_t(1));
    QCOMPARE(f.commandsOf(R"(2["newUser","three"])").size(), std::size_t(1));
    f.ann.takeSent();
    QCOMPARE(f.commandsOf(R"(27["newUser","four"])").size(), std::size_t(0));
    QCOMPARE(f.ann.takeSent(),
             QList<QByteArray>{R"(437[{"ok":false,"error":{"code":"rate_limited","message":")" + tooFast +
                               "\"}}]"});
    QCOMPARE(f.commandsOf(typing).size(), std::size_t(1)); // there is still something for others
    f.clock.advance(100ms);
    QCOMPARE(f.commandsOf(R"(2["newUser","four"])").size(), std::size_t(1));
}

void ChatGatewayLimitsTest::newUser_asTheSame_costsOne()
{
    GatewayFixture f(limited(RateLimit(1'000, 250)));
    for (int i = 0; i < 250; ++i)
        QCOMPARE(f.commandsOf(R"(2["newUser","one"])").size(), std::size_t(1));
    QCOMPARE(f.commandsOf(R"(2["newUser","one"])").size(), std::size_t(0));
}

void ChatGatewayLimitsTest::connect_again_bringsNothingBack_andCostsFiveHundredEvents()
{
    GatewayFixture f(limited(RateLimit(1'000, 550)));
    QCOMPARE(f.commandsOf(R"(2["newUser","one"])").size(), std::size_t(1));
    f.ann.receive("1");
    f.ann.receive("0");
    QVERIFY(f.ann.takeSent().last().startsWith("40{\"sid\""));
    f.takeCommands();
    for (int i = 0; i < 49; ++i)
        QCOMPARE(f.commandsOf(typing).size(), std::size_t(1));
    QCOMPARE(f.commandsOf(typing).size(), std::size_t(0));
    f.ann.receive("1");
    QCOMPARE(f.takeCommands().size(), std::size_t(1));
    f.ann.takeSent();
    f.ann.receive("0");
    QCOMPARE(f.ann.takeSent(), QList<QByteArray>{R"(44{"message":")" + tooFast + "\"}"});
    QCOMPARE(f.takeCommands().size(), std::size_t(0));
    QVERIFY(!f.ann.closed);
    f.clock.advance(500ms);
    f.ann.receive("0");
    QVERIFY(f.ann.takeSent().last().startsWith("40{\"sid\""));
    f.takeCommands();
    // Who is somebody else there is so on the same connection.
    f.clock.advance(99ms);
    QCOMPARE(f.commandsOf(R"(2["newUser","two"])").size(), std::size_t(0));
    f.clock.advance(100ms);
    QCOMPARE(f.commandsOf(R"(2["newUser","two"])").size(), std::size_t(1));
}

void ChatGatewayLimitsTest::messageRead_ofManyIds_costsMore_andHasALimit()
{
    GatewayFixture f(limited(RateLimit(1'000, 1'500)));
    const auto read = [](int count) {
        return R"(27["messageRead",{"messageIds":[)" + QByteArray("1,").repeated(count - 1) + "1]}]";
    };
    f.ann.takeSent();
    QCOMPARE(f.commandsOf(read(5'000)).size(), std::size_t(1)); // a thousand and one events
    QCOMPARE(f.commandsOf(read(5'000)).size(), std::size_t(0));
    QCOMPARE(f.ann.takeSent(),
             QList<QByteArray>{R"(437[{"ok":false,"error":{"code":"rate_limited","message":")" + tooFast +
                               "\"}}]"});
    QCOMPARE(f.commandsOf(read(4)).size(), std::size_t(1));
    f.ann.takeSent();
    f.ann.receive(read(5'001));
    QVERIFY(!only<chat::MessageRead>(f.takeCommands()));
    const QByteArray refusal = f.ann.takeSent().value(0);
    QVERIFY2(refusal.contains("\"invalid_payload\"") &&
                 refusal.contains("may have 5000 elements, but has 5001"),
             refusal);
}

void ChatGatewayLimitsTest::events_withoutARate_areNeverRefused()
{
    GatewayFixture f;
    for (int i = 0; i < 20'000; ++i)
        f.ann.receive(typing);
    QCOMPARE(f.takeCommands().size(), std::size_t(20'000));
}

void ChatGatewayLimitsTest::socketWithoutNewUser_isToldAndClosed()
{
    GatewayFixture f(limited({}, 1s));
    f.commandsOf(R"(2["newUser","ann"])");
    f.ann.takeSent();
    f.bob.takeSent();
    f.clock.advance(500ms);
    f.connectCarl();
    f.clock.advance(499ms);
    f.deadlines.advance();
    QVERIFY(!f.bob.closed);
    f.clock.advance(10ms);
    f.deadlines.advance();
    QVERIFY(!f.ann.closed);
    QCOMPARE(f.bob.closed, std::optional(engineio::CloseReason::ForcedClose));
    const QList<QByteArray> told = f.bob.takeSent();
    QCOMPARE(told.size(), 2);
    QVERIFY2(told[0].startsWith(R"(42["errorEvent",{"event":"newUser","code":"not_registered")"),
             told[0].constData());
    QCOMPARE(told[1], QByteArray("41"));
    QCOMPARE(f.counters.read(metrics::Refused::RegisterTimeout), std::uint64_t(1));
    QVERIFY(!f.carl.closed);
    f.clock.advance(510ms);
    f.deadlines.advance();
    QVERIFY(f.carl.closed);
    QCOMPARE(f.counters.read(metrics::Refused::RegisterTimeout), std::uint64_t(2));
}

void ChatGatewayLimitsTest::socketWhoseNewUserIsRefused_isClosedToo()
{
    GatewayFixture f(limited({}, 1s));
    f.commandsOf(R"(20["newUser","ann"])");
    f.gateway.deliver(
        {chat::Reply{f.sockets[0], 0, "newUser", chat::Error{chat::ErrorCode::RateLimited, "no"}}});
    f.clock.advance(1'010ms);
    f.deadlines.advance();
    QVERIFY(f.ann.closed);
}

void ChatGatewayLimitsTest::connectAgain_withoutNewUser_givesNoMoreTime()
{
    GatewayFixture f(limited({}, 1s));
    f.commandsOf(R"(2["newUser","ann"])");
    for (int i = 0; i < 4; ++i) {
        f.clock.advance(240ms);
        f.deadlines.advance();
        for (FakeSession *session : {&f.ann, &f.bob}) {
            QVERIFY(!session->closed);
            session->receive("1");
            session->receive("0");
        }
    }
    f.clock.advance(50ms);
    f.deadlines.advance();
    QVERIFY(f.bob.closed);
    QVERIFY(!f.ann.closed); // who has said who it is has its time anew
    f.clock.advance(720ms);
    f.deadlines.advance();
    QVERIFY(f.ann.closed);
    QCOMPARE(f.counters.read(metrics::Refused::RegisterTimeout), std::uint64_t(2));
}

void ChatGatewayLimitsTest::newUser_asSomebodyElse_needsNoMoreThanTheBurst()
{
    GatewayFixture f(limited(RateLimit(10, 3)));
    QCOMPARE(f.commandsOf(R"(2["newUser","one"])").size(), std::size_t(1));
    QCOMPARE(f.commandsOf(R"(2["newUser","two"])").size(), std::size_t(0));
    f.clock.advance(500ms);
    QCOMPARE(f.commandsOf(R"(2["newUser","two"])").size(), std::size_t(1));
}

void ChatGatewayLimitsTest::socketThatIsGone_isNotWaitedFor()
{
    GatewayFixture f(limited({}, 1s));
    f.bob.lose(engineio::CloseReason::TransportClose);
    f.commandsOf(R"(2["newUser","ann"])");
    f.clock.advance(1'010ms);
    f.deadlines.advance();
    QCOMPARE(f.counters.read(metrics::Refused::RegisterTimeout), std::uint64_t(0));
}

void ChatGatewayLimitsTest::watermark_isOverUntilATenthBelow_data()
{
    QTest::addColumn<qint64>("mark");
    QTest::addColumn<qint64>("idle");
    QTest::addColumn<QList<qint64>>("bytes");
    QTest::addColumn<QList<bool>>("isOver");
    QTest::newRow("none") << qint64(0) << qint64(0) << QList<qint64>{1'000'000'000'000} << QList<bool>{false};
    QTest::newRow("below") << qint64(1'000) << qint64(0) << QList<qint64>{999, 950, 999}
                           << QList<bool>{false, false, false};
    QTest::newRow("over, and slowly back")
        << qint64(1'000) << qint64(0) << QList<qint64>{999, 1'000, 999, 901, 900, 899, 999, 1'001}
        << QList<bool>{false, true, true, true, true, false, false, true};
    QTest::newRow("a tenth below is less than there ever is")
        << qint64(1'000) << qint64(940) << QList<qint64>{999, 1'000, 970, 969}
        << QList<bool>{false, true, true, false};
    QTest::newRow("the mark itself is") << qint64(1'000) << qint64(2'000) << QList<qint64>{999, 1'000, 999}
                                        << QList<bool>{false, true, false};
}

void ChatGatewayLimitsTest::watermark_isOverUntilATenthBelow()
{
    QFETCH(qint64, mark);
    QFETCH(qint64, idle);
    QFETCH(QList<qint64>, bytes);
    QFETCH(QList<bool>, isOver);
    app::MemoryWatermark watermark(mark, idle);
    QList<bool> was;
    for (const qint64 now : bytes)
        was.append(watermark.update(now));
    QCOMPARE(was, isOver);
}

QTEST_GUILESS_MAIN(ChatGatewayLimitsTest)
#include "tst_chat_gateway_limits.moc"
