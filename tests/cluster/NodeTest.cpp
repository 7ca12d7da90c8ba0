/// An Adapter and Node's own, by turns: what one publishes the other hears. There is no Redis between them,
/// but this test. Without tests/clients/node_modules (npm ci) there is nothing to test against.

#include "AdapterFixture.h"

#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QStandardPaths>
#include <QTest>

using namespace concierge;
using namespace concierge::cluster;
using namespace concierge::test;

namespace {

/// What Node has subscribed to gets there, and its answers come back.
class NodePeer final : public AdapterSink
{
public:
    bool start(const QString &protocol)
    {
        const QString clients = QFINDTESTDATA("../clients");
        m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        m_process.start(QStringLiteral("node"),
                        {QFINDTESTDATA("node-peer.mjs"), QFileInfo(clients).absoluteFilePath(), protocol});
        return !next().value(QLatin1String("ready")).isUndefined();
    }
    ~NodePeer() override
    {
        m_process.closeWriteChannel();
        m_process.waitForFinished();
    }

    void publish(const QByteArray &channel, const QByteArray &payload) override
    {
        say({{QStringLiteral("deliver"), QString::fromUtf8(channel)},
             {QStringLiteral("hex"), QString::fromLatin1(payload.toHex())}});
    }
    void subscribe(const QByteArray &) override {}
    void unsubscribe(const QByteArray &) override {}

    /// Has Node do something; what it publishes meanwhile the adapter hears. Returns its result.
    QJsonValue run(const char *command, Adapter *adapter, const QJsonValue &args = {})
    {
        say({{QStringLiteral("run"), QLatin1String(command)}, {QStringLiteral("args"), args}});
        return until("result", adapter);
    }
    QJsonValue heard(Adapter *adapter) { return until("heard", adapter); }

    std::function<void()> afterEach = [] {}; ///< message that the adapter has heard

private:
    void say(const QJsonObject &object)
    {
        m_process.write(QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n');
    }
    QJsonValue until(const char *key, Adapter *adapter)
    {
        for (;;) {
            const QJsonObject line = next();
            if (line.isEmpty())
                return QStringLiteral("Node has ended, or says nothing");
            const QByteArray channel = line[QLatin1String("publish")].toString().toUtf8();
            if (!channel.isEmpty() && adapter) {
                adapter->receive(channel,
                                 QByteArray::fromHex(line[QLatin1String("hex")].toString().toLatin1()));
                afterEach();
            }
            if (line.contains(QLatin1String(key)))
                return line[QLatin1String(key)];
        }
    }
    QJsonObject next()
    {
        while (!m_process.canReadLine()) {
            if (!m_process.waitForReadyRead(20'000))
                return {};
        }
        return QJsonDocument::fromJson(m_process.readLine()).object();
    }

    QProcess m_process;
};

QByteArray shown(const QJsonValue &value)
{
    return QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact);
}

} // namespace

class NodeTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void msgpack_isTheSame();
    void emits_reachSocketsHere_data() { protocols(); }
    void emits_reachSocketsHere();
    void published_reachesClientsThere_data() { protocols(); }
    void published_reachesClientsThere();
    void questions_areAnswered_data() { protocols(); }
    void questions_areAnswered();
    void orders_areCarriedOut_data() { protocols(); }
    void orders_areCarriedOut();
    void emitter_isHeard();

private:
    void protocols();
    /// A node with the sockets of the fixture, and one of Node's beside it.
    void meet(const QString &protocol);

    FakeHost m_host;
    FakeClock m_clock;
    std::unique_ptr<NodePeer> m_peer;
    std::unique_ptr<Adapter> m_adapter;
};

void NodeTest::initTestCase()
{
    if (QStandardPaths::findExecutable(QStringLiteral("node")).isEmpty())
        QSKIP("there is no node");
    if (QFINDTESTDATA("../clients/node_modules/@socket.io/redis-adapter").isEmpty())
        QSKIP("first: npm ci --prefix tests/clients");
}

void NodeTest::protocols()
{
    QTest::addColumn<QString>("protocol");
    QTest::newRow("classic") << QStringLiteral("classic");
    QTest::newRow("sharded") << QStringLiteral("sharded");
}

void NodeTest::init()
{
    m_host = FakeHost();
    m_peer = std::make_unique<NodePeer>();
}

void NodeTest::cleanup()
{
    m_adapter.reset();
    m_peer.reset();
}

void NodeTest::meet(const QString &protocol)
{
    QVERIFY(m_peer->start(protocol));
    AdapterOptions options;
    options.protocol = protocol == QLatin1String("sharded") ? Protocol::Sharded : Protocol::Classic;
    m_adapter = std::make_unique<Adapter>(options, m_host, *m_peer, m_clock);
    for (const char *name : {"a", "b", "c"})
        m_adapter->add(SocketId(name));
    m_adapter->join(SocketId("a"), "r");
    m_adapter->join(SocketId("b"), "r");
    m_adapter->join(SocketId("c"), "42");
}

void NodeTest::msgpack_isTheSame()
{
    QVERIFY(m_peer->start(QStringLiteral("classic")));
    const QByteArray long32 = '"' + QByteArray("é").repeated(300) + '"';
    const QByteArray many = '[' + QByteArray("{\"a\":-1.25},").repeated(70'000) + "null]";
    const QByteArrayList texts{
        "null",
        "[true,false,[],{},\"\"]",
        R"({"a":{"b":{"c":[1,2,[3]]}},"é€😀":"é€😀","":0})",
        "[0,1,127,128,255,256,65535,65536,4294967295,4294967296,9007199254740991]",
        "[-1,-32,-33,-128,-129,-32768,-32769,-2147483648,-2147483649,-9007199254740991]",
        "[9007199254740992,1e15,1e16,1e18,1.5e19]",
        "[0.1,-0.1,1.5,1e-7,5e-324,1.7976931348623157e-300,-0,-0.0,2.0,3e2]",
        R"(["\u0000\u001f\"\\\/\b\f\n\r\t\u2028","\ud83d\ude00"])",
        long32,
        many};
    QJsonArray all;
    QJsonArray own;
    for (const QByteArray &text : texts) {
        all.append(QString::fromUtf8(text));
        own.append(QString::fromLatin1(toMsgpack(text)->toHex()));
    }
    const QJsonArray theirs = m_peer->run("encode", nullptr, all).toArray();
    const QJsonArray read = m_peer->run("decode", nullptr, own).toArray();
    QCOMPARE(theirs.size(), texts.size());
    for (qsizetype i = 0; i < texts.size(); ++i) {
        const auto value = QJsonDocument::fromJson('[' + texts[i] + ']');
        if (i + 1 < texts.size()) { // of the last notepack has but the lower 64 bits
            QCOMPARE(own[i].toString(), theirs[i].toString());
            const auto decoded = fromMsgpack(QByteArray::fromHex(theirs[i].toString().toLatin1()));
            QVERIFY(decoded);
            QCOMPARE(QJsonDocument::fromJson('[' + decoded->json + ']'), value);
        }
        QCOMPARE(QJsonDocument::fromJson('[' + read[i].toString().toUtf8() + ']'), value);
    }
}

void NodeTest::emits_reachSocketsHere()
{
    QFETCH(const QString, protocol);
    meet(protocol);
    for (const char *command : {"emitAll", "emitBinary", "emitNumber", "emitDate"})
        m_peer->run(command, m_adapter.get());
    m_peer->run("sid", m_adapter.get()); // what was published comes before
    QCOMPARE(m_host.emitted.size(), 4);
    QCOMPARE(m_host.emitted[0].emit.args, R"(["all",1,{"a":[null,"é"]}])");
    QVERIFY(m_host.emitted[0].audience == (Audience{true, {}}));
    QCOMPARE(m_host.emitted[1].emit.args,
             R"(["bin",{"_placeholder":true,"num":0},{"n":{"_placeholder":true,"num":1}}])");
    QCOMPARE(m_host.emitted[1].emit.attachments, (QList<QByteArray>{"\x01\x02\xFF", "abc"}));
    QVERIFY(m_host.emitted[1].flags.isVolatile);
    QCOMPARE(sorted(m_host.emitted[1].audience.sockets), QList<QByteArray>{"a"});
    QCOMPARE(sorted(m_host.emitted[2].audience.sockets), QList<QByteArray>{"c"});
    QCOMPARE(m_host.emitted[3].emit.args, R"(["date","2023-11-14T22:13:20.123Z",null])");
    QVERIFY(m_host.dropped.isEmpty());
}

void NodeTest::published_reachesClientsThere()
{
    QFETCH(const QString, protocol);
    meet(protocol);
    EmitFlags flags;
    flags.marker = "n1"; // which Node does not know
    QVERIFY(!m_adapter->publish({{}, {}, flags}, {R"(["all",1.5,{"é":[null,true]}])", {}}));
    QCOMPARE(shown(m_peer->heard(nullptr)), R"([["all",1.5,{"é":[null,true]}]])");
    QVERIFY(!m_adapter->publish({{{"r"}}, {{"elsewhere"}}, {}},
                                {R"(["bin",[{"_placeholder":true,"num":0}]])", {"\x01\x02"}}));
    QCOMPARE(shown(m_peer->heard(nullptr)), R"([["bin",[{"$bin":"0102"}]]])");
    const QByteArray sid = m_peer->run("sid", nullptr).toString().toUtf8();
    QVERIFY(!m_adapter->publish({{{"elsewhere"}}, {}, {}}, {R"(["not for it"])", {}}));
    QVERIFY(!m_adapter->publish({{{"r"}, {"nodes"}}, {{sid}}, {}}, {R"(["not for it"])", {}}));
    QVERIFY(!m_adapter->publish({{{sid}}, {}, {}}, {R"(["private"])", {}}));
    QCOMPARE(shown(m_peer->heard(nullptr)), R"([["private"]])");
}

void NodeTest::questions_areAnswered()
{
    QFETCH(const QString, protocol);
    meet(protocol);
    m_peer->afterEach = [this] {
        if (m_host.describeToken != 0) {
            QList<RemoteSocket> sockets;
            for (const SocketId &sid : m_host.described)
                sockets.append({sid.utf8(), R"({"auth":"x"})", {{sid.utf8()}, {"r"}}, R"({"n":1})"});
            m_adapter->described(std::exchange(m_host.describeToken, 0), sockets);
        }
        for (auto &emitted : m_host.emitted) {
            if (const RequestToken token = std::exchange(emitted.token, 0)) {
                for (const SocketId &sid : emitted.audience.sockets)
                    m_adapter->acknowledged(token, {'"' + sid.utf8() + '"', {}});
            }
        }
    };
    const QJsonArray fetched = m_peer->run("fetchSockets", m_adapter.get()).toArray();
    QCOMPARE(fetched.size(), 3);
    QVERIFY(fetched.contains(
        QJsonDocument::fromJson(R"({"id":"a","rooms":["a","r"],"data":{"n":1},"handshake":"x"})").object()));
    QCOMPARE(shown(m_peer->run("fetchNobody", m_adapter.get())), "[[]]");
    QCOMPARE(shown(m_peer->run("serverSide", m_adapter.get())), "[[null]]");
    QJsonArray acks = m_peer->run("withAck", m_adapter.get()).toArray();
    QCOMPARE(acks.size(), 2);
    QVERIFY(acks.contains(QStringLiteral("a")) && acks.contains(QStringLiteral("b")));
    if (protocol == QLatin1String("classic")) { // the other does not ask for them
        const QJsonArray rooms = m_peer->run("allRooms", m_adapter.get()).toArray();
        for (const char *room : {"a", "b", "c", "r", "42", "nodes"})
            QVERIFY(rooms.contains(QLatin1String(room)));
    }
    QVERIFY(!m_adapter->next());
    QVERIFY(m_host.dropped.isEmpty());
}

void NodeTest::orders_areCarriedOut()
{
    QFETCH(const QString, protocol);
    meet(protocol);
    m_peer->run("join", m_adapter.get());
    m_peer->run("leave", m_adapter.get());
    m_peer->run("disconnect", m_adapter.get());
    m_peer->run("sid", m_adapter.get());
    QCOMPARE(m_adapter->rooms().roomsOf(SocketId("a")), (QList<QByteArray>{"a", "r", "u"}));
    QCOMPARE(m_host.joined.size(), 1);
    QCOMPARE(m_host.left.size(), 1);
    QCOMPARE(m_host.disconnected.size(), 1);
    QCOMPARE(sorted(m_host.disconnected[0].sockets), QList<QByteArray>{"c"});
    QVERIFY(m_host.disconnected[0].closes);
}

void NodeTest::emitter_isHeard()
{
    meet(QStringLiteral("classic"));
    m_peer->run("emitter", m_adapter.get());
    m_peer->run("emitterJoin", m_adapter.get());
    m_peer->run("sid", m_adapter.get());
    QCOMPARE(m_host.emitted.size(), 1);
    QCOMPARE(m_host.emitted[0].emit.args, R"(["pushed",{"a":1}])");
    QCOMPARE(sorted(m_host.emitted[0].audience.sockets), (QList<QByteArray>{"a", "b"}));
    QVERIFY(m_adapter->rooms().hasRoom("v"));
}

QTEST_GUILESS_MAIN(NodeTest)
#include "NodeTest.moc"
