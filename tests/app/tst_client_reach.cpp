#include "HostFixture.h"

#include "app/ClientReach.h"
#include "socketio/Packet.h"
#include "socketio/Server.h"
#include "support/FakeSession.h"

#include <QtTest>

#include <algorithm>
#include <set>

using namespace concierge;
using namespace concierge::app;
using namespace concierge::test;

namespace {

constexpr int perWorker = 600; // more than two slices

/// The clients of one io worker. Lives on its thread.
struct Clients
{
    Clients(quint32 index, transport::IoWorker &worker, CommandSink &sink)
        : gateway({index, {}, QByteArrayLiteral("secret"), true, {}, {}}, sink, worker.deadlines(), counters)
        , server(socketio::ServerOptions{std::chrono::hours(1)}, worker.deadlines(), counters)
    {
        server.addNamespace("/", gateway);
        for (int i = 0; i < perWorker; ++i) {
            sessions.push_back(std::make_unique<FakeSession>());
            FakeSession &session = *sessions.back();
            session.request.remoteAddress = QHostAddress(QStringLiteral("10.0.0.%1").arg(index));
            session.listener = server.onSession(session);
            session.receive("0");
            const QByteArray user = "user" + QByteArray::number(i / 2) + '-' + QByteArray::number(index);
            session.receive("2[\"newUser\",\"" + user + "\"]");
            session.takeSent();
        }
        gateway.submit();
    }
    ~Clients()
    {
        for (const auto &session : sessions)
            session->lose(engineio::CloseReason::TransportClose);
        gateway.submit();
    }

    metrics::ThreadCounters counters;
    ChatGateway gateway;
    socketio::Server server;
    std::vector<std::unique_ptr<FakeSession>> sessions;
};

struct Fixture
{
    explicit Fixture(int workers)
        : hosts(workers, hostOptions(65'536))
    {
        for (int i = 0; i < workers; ++i) {
            auto &mine = clients[std::size_t(i)];
            hosts.run(i, [this, i, &mine] {
                mine =
                    std::make_unique<Clients>(quint32(i), hosts.gate.worker(i), *hosts.sinks[std::size_t(i)]);
            });
            list.push_back({&hosts.gate.worker(i), [&mine] { return mine ? &mine->gateway : nullptr; }});
        }
        hosts.settle();
        const auto ask = [this](std::function<void(const chat::ChatService &)> question) {
            hosts.host->ask(std::move(question));
        };
        reach = std::make_unique<ClientReach>(list, ask, main);
    }
    ~Fixture()
    {
        for (std::size_t i = 0; i < list.size(); ++i)
            hosts.run(int(i), [this, i] { clients[i].reset(); });
        hosts.settle();
    }

    /// Runs the main thread's event loop until somebody has called `done`.
    template <class T, class Ask>
    static std::optional<T> answerOf(Ask ask)
    {
        std::optional<T> answer;
        QEventLoop loop;
        QTimer::singleShot(30'000, &loop, &QEventLoop::quit); // a failed test, and no hanging one
        ask([&](T value) {
            answer = std::move(value);
            loop.quit();
        });
        if (!answer)
            loop.exec();
        return answer;
    }
    std::vector<ClientFacts> gather()
    {
        return answerOf<std::vector<ClientFacts>>([this](auto done) { reach->gather(done); }).value();
    }

    MainTasks main; // outlives the threads
    HostFixture hosts;
    std::array<std::unique_ptr<Clients>, 4> clients;
    std::vector<ClientReach::Worker> list;
    std::unique_ptr<ClientReach> reach;
};

} // namespace

class ClientReachTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void gather_bringsEveryClientOnce_data() { workers(); }
    void gather_bringsEveryClientOnce()
    {
        QFETCH(int, count);
        Fixture fixture(count);
        const std::vector<ClientFacts> rows = fixture.gather();
        QCOMPARE(rows.size(), std::size_t(count * perWorker));
        std::set<QByteArray> sids;
        for (const ClientFacts &row : rows) {
            sids.insert(row.sid.utf8());
            QVERIFY(row.chat.user.utf8().endsWith('-' + QByteArray::number(row.ref.worker)));
            QCOMPARE(row.chat.devices, 2);
            QCOMPARE(row.chat.status, chat::Status::Online);
            QCOMPARE(row.address, QHostAddress(QStringLiteral("10.0.0.%1").arg(row.ref.worker)));
            QVERIFY(row.isWebSocket);
        }
        QCOMPARE(sids.size(), rows.size());
    }

    void disconnect_endsThatClientAlone_data() { workers(); }
    void disconnect_endsThatClientAlone()
    {
        QFETCH(int, count);
        Fixture fixture(count);
        const SocketId sid = fixture.gather().back().sid;
        const auto disconnect = [&fixture](const SocketId &id) {
            return Fixture::answerOf<bool>([&](auto done) { fixture.reach->disconnect(id, {}, done); });
        };
        QCOMPARE(disconnect(sid), std::optional(true));
        const std::vector<ClientFacts> rows = fixture.gather();
        QCOMPARE(rows.size(), std::size_t(count * perWorker - 1));
        QVERIFY(std::none_of(rows.begin(), rows.end(),
                             [&sid](const ClientFacts &row) { return row.sid == sid; }));
        QCOMPARE(disconnect(sid), std::optional(false));
        QCOMPARE(disconnect(SocketId("nobody")), std::optional(false));
    }

    void sendAll_reachesEveryClientOnce_data() { workers(); }
    void sendAll_reachesEveryClientOnce()
    {
        QFETCH(int, count);
        Fixture fixture(count);
        const std::array arguments{QByteArrayView("1")};
        const QList<transport::Frame> frames{
            socketio::encodeEventText("/", std::nullopt, "notification", arguments)};
        const auto told = Fixture::answerOf<qint64>([&](auto done) { fixture.reach->sendAll(frames, done); });
        QCOMPARE(told, std::optional<qint64>(count * perWorker));
        for (int i = 0; i < count; ++i) {
            qsizetype heard = 0;
            fixture.hosts.run(i, [&] {
                for (const auto &session : fixture.clients[std::size_t(i)]->sessions)
                    heard += session->takeSent().count(QByteArray("42[\"notification\",1]"));
            });
            QCOMPARE(heard, qsizetype(perWorker));
        }
    }

    void layersThatAreGone_haveNoClients()
    {
        Fixture fixture(2);
        fixture.hosts.run(1, [&fixture] { fixture.clients[1].reset(); });
        QCOMPARE(fixture.gather().size(), std::size_t(perWorker));
    }

private:
    static void workers()
    {
        QTest::addColumn<int>("count");
        QTest::newRow("one worker, the chat on it") << 1;
        QTest::newRow("three workers") << 3;
    }
};

QTEST_GUILESS_MAIN(ClientReachTest)
#include "tst_client_reach.moc"
