#include "metrics/Metrics.h"
#include "support/ClientFrames.h"
#include "support/FakeClock.h"
#include "transport/DeadlineWheel.h"
#include "transport/TurnQueue.h"
#include "transport/WebSocketTransport.h"

#include <QTcpServer>
#include <QTest>

#include <memory>

using namespace concierge;
using namespace concierge::test;
using namespace concierge::transport;

namespace {

class Listener final : public WebSocketListener
{
public:
    void onWebSocketMessage(const Frame &message) override { heard.append(message.data); }
    void onWebSocketClosed() override {}

    QList<QByteArray> heard;
};

} // namespace

/// What a turn of the sockets has used of its time.
class TestWriteGatherer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void share_isOnePacket_inALongTurn_untilItsEnd()
    {
        FakeClock clock;
        TurnQueue turns;
        WriteGatherer gatherer(clock, turns);
        QCOMPARE(gatherer.share(), TurnQueue::share);
        clock.advance(Milliseconds(1));
        QCOMPARE(gatherer.share(), 1);
        gatherer.flush();
        QCOMPARE(gatherer.share(), TurnQueue::share);
    }

    /// Between the end of a turn and the next the thread sleeps.
    void share_ofTheNextTurn_isWhole_whateverTheEndOfTheLastOneRead()
    {
        FakeClock clock;
        TurnQueue turns;
        WriteGatherer gatherer(clock, turns);
        DeadlineWheel deadlines(clock);
        metrics::Metrics metrics;
        const GateOptions options;
        QTcpServer server;
        QVERIFY(server.listen(QHostAddress::LocalHost));
        QTcpSocket client;
        client.connectToHost(QHostAddress::LocalHost, server.serverPort());
        QVERIFY(server.waitForNewConnection(5'000));
        auto *accepted = server.nextPendingConnection();
        accepted->setParent(nullptr);
        WebSocketTransport transport(std::unique_ptr<QTcpSocket>(accepted), {}, options, gatherer, deadlines,
                                     metrics.registerThread());
        client.write(ClientFrame{Opcode::Text, "early"}.wire());
        QTRY_VERIFY(accepted->bytesAvailable() > 0);
        Listener listener;
        transport.setListener(&listener); // what is there is read at the end of the turn
        gatherer.flush();
        QVERIFY(listener.heard.isEmpty()); // who is new waits for a turn with others
        QVERIFY(turns.run());
        QCOMPARE(listener.heard, QList<QByteArray>{"early"});
        clock.advance(Milliseconds(5));
        QCOMPARE(gatherer.share(), TurnQueue::share);
    }
};

QTEST_GUILESS_MAIN(TestWriteGatherer)
#include "tst_write_gatherer.moc"
