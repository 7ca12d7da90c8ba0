// Many random lives of a few stock clients, with lost connections, crashes and a slow store: whatever comes,
// each message that was acknowledged is shown exactly once, in order.
#include "ChatFixture.h"
#include "chat/ChatService.h"
#include "chat/Offsets.h"

#include <QTest>

#include <deque>
#include <map>
#include <random>

using namespace concierge;
using namespace concierge::test;

namespace {

/// What a socket was sent: what its client sees of it, and when, the test decides.
struct Line
{
    struct Item
    {
        QByteArray shown;  ///< the message's text; empty: another event
        QByteArray offset; ///< empty: none
        qint64 order = 0;  ///< of which a proof is wanted; 0: none
        bool isDrain = false;
        std::optional<chat::AcceptSocket> accept;
    };
    std::deque<Item> items;
    bool isEnded = false;
};

class LineSink final : public chat::OutboundSink
{
public:
    explicit LineSink(const QByteArray &secret)
        : codec(secret)
    {}
    void deliver(quint32, chat::Outbound outbound) override
    {
        if (const auto *delivery = std::get_if<chat::Delivery>(&outbound)) {
            for (const chat::SocketRef &target : delivery->targets)
                lines[target].items.push_back(item(delivery->push, delivery->mark));
        } else if (const auto *request = std::get_if<chat::ReportDrained>(&outbound)) {
            Line::Item drain;
            drain.isDrain = true;
            lines[request->socket].items.push_back(drain);
        } else if (const auto *answer = std::get_if<chat::AcceptSocket>(&outbound)) {
            for (const auto &[mark, push] : answer->missed)
                lines[answer->socket].items.push_back(item(push, mark));
            Line::Item accept;
            accept.accept = *answer;
            lines[answer->socket].items.push_back(accept);
        } else if (const auto *end = std::get_if<chat::EndSocket>(&outbound)) {
            lines[end->socket].isEnded = true;
        } else if (const auto *reply = std::get_if<chat::Reply>(&outbound)) {
            if (const auto *taken = std::get_if<chat::MessageTaken>(&reply->result))
                acknowledged.push_back(taken->id.utf8());
            if (std::holds_alternative<chat::Error>(reply->result))
                ++errors;
        }
    }
    Line::Item item(const chat::Push &push, const std::optional<chat::StreamMark> &mark) const
    {
        Line::Item item;
        if (const auto *message = std::get_if<chat::GetMessage>(&push))
            item.shown = message->message->data;
        if (mark) {
            item.offset = codec.encode(mark->offset, mark->user);
            item.order = mark->needsProof ? mark->offset.order : 0;
        }
        return item;
    }

    chat::OffsetCodec codec;
    QHash<chat::SocketRef, Line> lines;
    std::vector<QByteArray> acknowledged;
    int errors = 0;
};

/// A client of socket.io-client's: what it holds survives its connections.
struct Client
{
    QByteArray user;
    chat::SocketRef socket;
    bool isConnected = false;
    bool isWaiting = false; ///< for the answer to its CONNECT
    QByteArray pid;
    QByteArray offset;
    std::vector<QByteArray> shown;
};

struct World
{
    World(unsigned seed, const chat::ChatOptions &chatOptions)
        : random(seed)
        , options(chatOptions)
        , memory(clock, std::chrono::hours(720))
        , inbox(memory)
        , sink(memory.secret())
    {
        start();
        for (const auto *user : {"bob", "cid"}) {
            Client client;
            client.user = user;
            clients.push_back(client);
        }
    }
    void start()
    {
        service = std::make_unique<chat::ChatService>(options, inbox, sink, clock, counters);
        sender = {0, ++serial};
        service->handle(chat::SocketConnected{sender, SocketId("s"), {}});
        service->handle(chat::NewUser{{sender, {}}, UserId("ann"), chat::PresenceMode::None});
        service->tick();
    }
    int pick(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random); }

    void send(const Client &to)
    {
        chat::SendMessage message;
        message.origin = {sender, ++lastAck};
        message.receiver = UserId(to.user);
        message.messageId = MessageId("m" + QByteArray::number(lastAck));
        message.data = "m" + QByteArray::number(lastAck);
        message.data = message.data.leftJustified(pick(20) == 0 ? 20'000 : 10, ' ');
        open.push_back(message);
        service->handle(message);
    }
    /// The sender's own retry: what has not been answered is sent again, in order.
    void resend()
    {
        for (const QByteArray &id : std::exchange(sink.acknowledged, {}))
            std::erase_if(open, [&id, this](const chat::SendMessage &message) {
                if (message.messageId->utf8() != id)
                    return false;
                acknowledged[message.receiver.utf8()].push_back(message.data);
                return true;
            });
        for (chat::SendMessage &message : open) {
            message.origin.socket = sender;
            service->handle(message);
        }
        service->tick();
    }
    void connect(Client &client)
    {
        client.socket = {static_cast<quint32>(pick(2)), ++serial};
        const QByteArray number = QByteArray::number(serial);
        client.isConnected = true;
        if (client.pid.isEmpty()) {
            client.pid = "pid" + number;
            service->handle(chat::SocketConnected{client.socket, SocketId("sid" + number), client.pid});
            service->handle(chat::NewUser{{client.socket, 1}, UserId(client.user), chat::PresenceMode::None});
            return;
        }
        client.isWaiting = true;
        service->handle(chat::RecoverSocket{client.socket, SocketId("sid" + number), "pid" + number,
                                            client.pid, client.offset});
    }
    /// The client reads the next `count` things on its line.
    void readSome(Client &client, int count)
    {
        qint64 proven = 0;
        for (; count > 0; --count) {
            Line &line = sink.lines[client.socket];
            if (line.items.empty())
                break;
            const Line::Item item = line.items.front();
            line.items.pop_front();
            if (!item.shown.isEmpty())
                client.shown.push_back(item.shown);
            if (!item.offset.isEmpty())
                client.offset = item.offset;
            if (item.order > 0)
                proven = item.order;
            if (item.isDrain)
                service->handle(chat::SocketDrained{client.socket});
            if (item.accept) {
                client.isWaiting = false;
                const bool isRecovered = item.accept->pid == client.pid;
                client.pid = item.accept->pid;
                if (!isRecovered) {
                    // What the official client does: the last offset is kept until another comes.
                    service->handle(
                        chat::NewUser{{client.socket, 1}, UserId(client.user), chat::PresenceMode::None});
                }
            }
        }
        if (proven > 0 && pick(3) > 0)
            service->handle(chat::SocketProven{client.socket, proven});
        if (proven > 0)
            lastProof[client.socket] = proven;
    }
    void lose(Client &client)
    {
        client.isConnected = false;
        sink.lines.remove(client.socket); // what was on its way is gone
        if (pick(4) > 0)                  // else the server does not know yet
            service->handle(chat::SocketDisconnected{client.socket, false});
        else
            unknownDead.push_back(client.socket);
    }
    void crash()
    {
        service.reset();
        for (Client &client : clients) {
            client.isConnected = false;
            sink.lines.remove(client.socket);
        }
        unknownDead.clear();
        if (loses)
            inbox.loseUnanswered();
        inbox.firstPositionToUse += 1'000'000;
        inbox.evidence = inbox.waitingEvidence();
        start();
    }
    void pass(Milliseconds time)
    {
        const Milliseconds end = clock.monotonic() + time;
        for (auto due = service->nextTick(); due && *due <= end; due = service->nextTick()) {
            clock.advance(std::max(Milliseconds(0), *due - clock.monotonic()));
            service->tick();
        }
        clock.advance(end - clock.monotonic());
    }

    /// A memory inbox whose answers wait, and that forgets at a crash what it had not answered.
    class SlowInbox final : public chat::Inbox, private chat::InboxListener
    {
    public:
        explicit SlowInbox(chat::Inbox &inner)
            : m_inner(inner)
        {
            m_inner.setListener(this);
        }
        void setListener(chat::InboxListener *listener) override { m_listener = listener; }
        chat::InboxPosition firstPosition() const override { return firstPositionToUse; }
        QByteArray secret() const override { return m_inner.secret(); }
        std::vector<quint64> takeEvidence() override { return std::exchange(evidence, {}); }
        void append(const UserId &user, chat::InboxPosition position, chat::Entry entry) override
        {
            m_entries[position] = {user, entry};
            m_unanswered.insert(position);
            m_inner.append(user, position, std::move(entry));
        }
        void load(const UserId &user, chat::InboxPosition after, LoadCallback done) override
        {
            m_inner.load(user, after, [this, done](chat::InboxPage page) {
                if (page.entries.empty())
                    done(page);
                else
                    m_open.push_back([done, page] { done(page); });
            });
        }
        bool remove(const UserId &user, chat::InboxPosition position) override
        {
            m_entries.erase(position);
            m_unanswered.remove(position);
            return m_inner.remove(user, position);
        }
        qsizetype waiting(const UserId &user) const override { return m_inner.waiting(user); }
        bool hasEntries(const UserId &user) const override { return m_inner.hasEntries(user); }
        void sweep(SweepCallback done) override { m_inner.sweep(std::move(done)); }
        quint64 record(QByteArray block) override
        {
            const quint64 number = ++m_lastBlock;
            m_open.push_back([this, number, block] {
                m_blocks.push_back({number, block});
                if (m_listener)
                    m_listener->recorded(number);
            });
            return number;
        }
        void forget(quint64) override {}
        std::vector<chat::LedgerBlock> takeLedger() override { return m_blocks; }
        void addMember(const ChatId &, const UserId &, MemberCallback) override {}
        void removeMember(const ChatId &, const UserId &, MemberCallback) override {}
        QList<UserId> members(const ChatId &) const override { return {}; }
        QList<ChatId> chatsOf(const UserId &) const override { return {}; }

        void answer()
        {
            for (std::size_t i = 0; i < m_open.size(); ++i)
                std::exchange(m_open[i], {})();
            m_open.clear();
        }
        bool isAsked() const { return !m_open.empty(); }
        void loseUnanswered()
        {
            m_open.clear();
            for (const chat::InboxPosition position : std::exchange(m_unanswered, {})) {
                const auto entry = m_entries.extract(position);
                m_inner.remove(entry.mapped().first, position);
            }
        }
        std::vector<quint64> waitingEvidence() const
        {
            std::vector<quint64> hashes;
            for (const auto &[position, pair] : m_entries) {
                if (const auto *message = std::get_if<std::shared_ptr<const chat::Message>>(&pair.second))
                    hashes.push_back(
                        chat::evidenceHash(secret(), (*message)->sender, (*message)->id, pair.first));
            }
            std::sort(hashes.begin(), hashes.end());
            return hashes;
        }

        chat::InboxPosition firstPositionToUse = 1;
        std::vector<quint64> evidence;

    private:
        void appended(const UserId &user, chat::InboxPosition position, chat::StoreResult result) override
        {
            m_open.push_back([this, user, position, result] {
                m_unanswered.remove(position);
                if (m_listener)
                    m_listener->appended(user, position, result);
            });
        }
        void recorded(quint64) override {}

        chat::Inbox &m_inner;
        chat::InboxListener *m_listener = nullptr;
        std::vector<std::function<void()>> m_open;
        std::map<chat::InboxPosition, std::pair<UserId, chat::Entry>> m_entries;
        QSet<chat::InboxPosition> m_unanswered;
        std::vector<chat::LedgerBlock> m_blocks;
        quint64 m_lastBlock = 0;
    };

    std::mt19937 random;
    const chat::ChatOptions options;
    FakeClock clock;
    metrics::ThreadCounters counters;
    store::MemoryInbox memory;
    SlowInbox inbox;
    LineSink sink;
    std::unique_ptr<chat::ChatService> service;
    std::vector<Client> clients;
    chat::SocketRef sender;
    quint64 serial = 0;
    quint64 lastAck = 0;
    bool loses = false; ///< a crash takes what the store had not answered
    std::vector<chat::SendMessage> open;
    std::map<QByteArray, std::vector<QByteArray>> acknowledged;
    QHash<chat::SocketRef, qint64> lastProof;
    std::vector<chat::SocketRef> unknownDead;
};

} // namespace

class TestChatTorture : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyMessageOnce_inOrder_data()
    {
        QTest::addColumn<bool>("crashes");
        QTest::addColumn<bool>("loses");
        QTest::addColumn<qint64>("maxBytes");
        QTest::newRow("connections only") << false << false << qint64(64'000'000);
        QTest::newRow("little room for recovery") << false << false << qint64(15'000);
        QTest::newRow("crashes") << true << false << qint64(64'000'000);
        QTest::newRow("crashes that take what was not committed") << true << true << qint64(64'000'000);
        QTest::newRow("all of it, with little room") << true << true << qint64(15'000);
    }
    void everyMessageOnce_inOrder()
    {
        QFETCH(bool, crashes);
        QFETCH(bool, loses);
        QFETCH(qint64, maxBytes);
        bool ok = false;
        const int rounds = qEnvironmentVariableIntValue("CONCIERGE_TORTURE_ROUNDS", &ok);
        const unsigned first = static_cast<unsigned>(qEnvironmentVariableIntValue("CONCIERGE_TORTURE_SEED"));
        for (unsigned seed = first; seed < first + (ok ? static_cast<unsigned>(rounds) : 60U); ++seed) {
            run(seed, crashes, loses, maxBytes);
            if (QTest::currentTestFailed())
                return;
        }
    }

private:
    void run(unsigned seed, bool crashes, bool loses, qint64 maxBytes)
    {
        chat::ChatOptions options;
        options.recoveryMaxBytes = maxBytes;
        World world(seed, options);
        world.loses = loses;
        for (int step = 0; step < 300; ++step) {
            Client &client = world.clients[static_cast<std::size_t>(world.pick(2))];
            const int what = world.pick(100);
            if (what < 30)
                world.send(client);
            else if (what < 55 && client.isConnected)
                world.readSome(client, 1 + world.pick(5));
            else if (what < 65 && client.isConnected)
                world.lose(client);
            else if (what < 80 && !client.isConnected)
                world.connect(client);
            else if (what < 90)
                world.inbox.answer();
            else if (what < 96)
                world.pass(Milliseconds(world.pick(10) == 0 ? 130'000 : world.pick(600)));
            else if (what < 98 && !world.unknownDead.empty())
                world.service->handle(
                    chat::SocketDisconnected{std::exchange(world.unknownDead, {}).front(), false});
            else if (what == 98 && crashes)
                world.crash();
            else if (what == 99)
                world.resend();
            world.service->tick();
        }
        // Then all is quiet, and everybody hears everything.
        for (int i = 0; i < 200; ++i) {
            for (Client &client : world.clients) {
                if (!client.isConnected)
                    world.connect(client);
                world.readSome(client, 1'000);
                if (const qint64 order = world.lastProof.take(client.socket))
                    world.service->handle(chat::SocketProven{client.socket, order});
            }
            world.inbox.answer();
            world.pass(Milliseconds(1'000));
            if (i % 10 == 0)
                world.resend();
        }
        for (const Client &client : world.clients) {
            // In order of first taking; a message that was sent again after a crash may be later than others.
            std::map<QByteArray, int> times;
            for (const QByteArray &text : client.shown)
                ++times[text.trimmed()];
            for (const auto &[text, count] : times)
                QVERIFY2(count == 1, (text + " was shown " + QByteArray::number(count) + " times, seed " +
                                      QByteArray::number(seed))
                                         .constData());
            for (const QByteArray &data : world.acknowledged[client.user])
                QVERIFY2(times.contains(data.trimmed()),
                         (data.trimmed() + " is lost, seed " + QByteArray::number(seed)).constData());
            if (!crashes) {
                QVERIFY2(std::is_sorted(client.shown.begin(), client.shown.end(),
                                        [](const QByteArray &a, const QByteArray &b) {
                                            return a.trimmed().mid(1).toInt() < b.trimmed().mid(1).toInt();
                                        }),
                         ("out of order, seed " + QByteArray::number(seed)).constData());
            }
        }
        QVERIFY(world.open.empty());
        for (const Client &client : world.clients)
            QCOMPARE(world.memory.waiting(UserId(client.user)), 0);
    }
};

QTEST_GUILESS_MAIN(TestChatTorture)
#include "tst_chat_torture.moc"
