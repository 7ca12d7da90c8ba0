#pragma once

#include "app/ChatHost.h"
#include "store/MemoryInbox.h"
#include "support/PostTo.h"
#include "transport/GateFixture.h"

#include <array>
#include <atomic>
#include <future>
#include <mutex>

namespace concierge::test {

/// The memory inbox, behind a door where append() waits, and so the chat's thread does; or slow to answer.
class TestInbox final : public chat::Inbox, private chat::InboxListener
{
public:
    explicit TestInbox(const Clock &clock)
        : m_inbox(clock, std::chrono::hours(1))
    {
        m_inbox.setListener(this);
    }

    void setListener(chat::InboxListener *listener) override
    {
        m_listener = listener;
        onChatThread = std::make_unique<QObject>();
    }
    chat::InboxPosition firstPosition() const override { return m_inbox.firstPosition(); }
    QByteArray secret() const override { return m_inbox.secret(); }
    std::vector<quint64> takeEvidence() override { return m_inbox.takeEvidence(); }
    void append(const UserId &user, chat::InboxPosition position, chat::Entry entry) override
    {
        waitsAtDoor.release();
        if (isShut)
            door.acquire();
        m_inbox.append(user, position, std::move(entry));
    }
    void load(const UserId &user, chat::InboxPosition after, LoadCallback done) override
    {
        m_inbox.load(user, after, std::move(done));
    }
    bool remove(const UserId &user, chat::InboxPosition position) override
    {
        return m_inbox.remove(user, position);
    }
    qsizetype waiting(const UserId &user) const override { return m_inbox.waiting(user); }
    bool hasEntries(const UserId &user) const override { return m_inbox.hasEntries(user); }
    void sweep(SweepCallback done) override { m_inbox.sweep(std::move(done)); }
    quint64 record(QByteArray block) override { return m_inbox.record(std::move(block)); }
    void forget(quint64 upTo) override { m_inbox.forget(upTo); }
    std::vector<chat::LedgerBlock> takeLedger() override { return m_inbox.takeLedger(); }
    void addMember(const ChatId &chat, const UserId &user, MemberCallback done) override
    {
        m_inbox.addMember(chat, user, std::move(done));
    }
    void removeMember(const ChatId &chat, const UserId &user, MemberCallback done) override
    {
        m_inbox.removeMember(chat, user, std::move(done));
    }
    QList<UserId> members(const ChatId &chat) const override { return m_inbox.members(chat); }
    QList<ChatId> chatsOf(const UserId &user) const override { return m_inbox.chatsOf(user); }

    /// Answers what it was slow to, as a store's thread does. Any thread.
    void answer(app::ChatHost &host)
    {
        const std::lock_guard lock(m_mutex);
        for (std::function<void()> &open : std::exchange(m_open, {}))
            host.complete(std::move(open));
    }

    std::atomic<bool> isShut{false};
    std::atomic<bool> isSlow{false};
    QSemaphore door;                       ///< one for each append that may pass
    QSemaphore waitsAtDoor;                ///< one for each that came
    std::unique_ptr<QObject> onChatThread; ///< lives there

private:
    void appended(const UserId &user, chat::InboxPosition position, chat::StoreResult result) override
    {
        const auto tell = [this, user, position, result] {
            if (m_listener)
                m_listener->appended(user, position, result);
        };
        if (!isSlow) {
            tell();
            return;
        }
        const std::lock_guard lock(m_mutex);
        m_open.emplace_back(tell);
    }
    void recorded(quint64 number) override { m_listener->recorded(number); }

    store::MemoryInbox m_inbox;
    chat::InboxListener *m_listener = nullptr;
    std::mutex m_mutex;
    std::vector<std::function<void()>> m_open; // guarded by m_mutex
};

/// A message that is not proven is written to the inbox only when somebody asks for it.
inline app::HostOptions hostOptions(qsizetype mailboxMax, Milliseconds grace = Milliseconds(0))
{
    app::HostOptions options;
    options.mailboxMax = mailboxMax;
    options.chat.presenceGrace = grace;
    options.chat.presenceInterval = Milliseconds(10);
    options.chat.proofPatience = std::chrono::hours(1);
    return options;
}

/// It cannot be recovered.
inline chat::Command connected(const chat::SocketRef &socket)
{
    return chat::SocketConnected{socket, SocketId("sid"), {}};
}

/// Real io workers, and what each of them was given for its sockets.
class HostFixture
{
public:
    HostFixture(int workers, app::HostOptions options)
        : gate({}, workers)
    {
        QList<transport::IoWorker *> list;
        for (int i = 0; i < workers; ++i)
            list.append(&gate.worker(i));
        auto store = std::make_unique<TestInbox>(m_clock);
        inbox = store.get();
        host = std::make_unique<app::ChatHost>(options, list, std::move(store), m_clock, m_metrics);
        host->start();
        for (int i = 0; i < workers; ++i) {
            gate.worker(i).post([this, i] {
                sinks[std::size_t(i)] =
                    &host->attach(quint32(i), [this, i](const std::vector<chat::Outbound> &batch) {
                        auto &mine = m_heard[std::size_t(i)];
                        mine.insert(mine.end(), batch.begin(), batch.end());
                        if (proves)
                            prove(i, batch);
                    });
            });
        }
        gate.settle();
    }
    ~HostFixture()
    {
        inbox->isShut = false; // also when a test failed midway
        inbox->door.release(1'000'000);
        gate.worker(0).post([this] {
            proves = false;
            host->detach();
        });
        gate.stop();
        host.reset();
    }

    /// Runs `task` on the worker's thread; returns when it has.
    void run(int worker, std::function<void()> task)
    {
        const auto done = std::make_shared<std::promise<void>>();
        gate.worker(worker).post([task = std::move(task), done] {
            task();
            done->set_value();
        });
        done->get_future().wait();
    }
    /// As the worker's gateway does, on the worker's thread; returns when it has.
    void submit(int worker, std::vector<chat::Command> commands)
    {
        run(worker, [this, worker, commands = std::move(commands)]() mutable {
            sinks[std::size_t(worker)]->submit(commands);
        });
    }
    /// Until everything submitted has been handled, and what came of it has been delivered.
    void settle()
    {
        const auto done = std::make_shared<std::promise<void>>();
        host->post([done] { done->set_value(); });
        done->get_future().wait();
        gate.settle();
    }
    /// Until the chat's thread has gone through the events that were on their way to it, paused or not.
    void passEvents()
    {
        const auto done = std::make_shared<std::promise<void>>();
        test::postTo(inbox->onChatThread.get(), [done] { done->set_value(); });
        done->get_future().wait();
    }
    /// What that worker got since the last call. After settle().
    std::vector<chat::Outbound> takeHeard(int worker)
    {
        std::vector<chat::Outbound> heard;
        run(worker, [&] { heard = std::exchange(m_heard[std::size_t(worker)], {}); });
        return heard;
    }
    /// Signs a user in at a worker.
    void join(int worker, quint64 serial, const char *user)
    {
        const chat::SocketRef socket{quint32(worker), serial};
        submit(worker, {connected(socket), chat::NewUser{{socket, 0}, UserId(user)}});
        settle();
        takeHeard(worker);
    }

    test::GateFixture gate;
    TestInbox *inbox = nullptr;
    std::unique_ptr<app::ChatHost> host;
    std::array<app::CommandSink *, 4> sinks{};
    std::atomic<bool> proves{false}; ///< sockets have read whatever they are sent

private:
    /// In the next turn, as a gateway has it from its sessions.
    void prove(int worker, const std::vector<chat::Outbound> &batch)
    {
        std::vector<chat::Command> proofs;
        for (const chat::Outbound &outbound : batch) {
            const auto *delivery = std::get_if<chat::Delivery>(&outbound);
            if (!delivery || !delivery->mark || !delivery->mark->needsProof)
                continue;
            for (const chat::SocketRef &target : delivery->targets)
                proofs.push_back(chat::SocketProven{target, delivery->mark->offset.order});
        }
        if (proofs.empty())
            return;
        gate.worker(worker).post([this, worker, proofs = std::move(proofs)]() mutable {
            if (proves)
                sinks[std::size_t(worker)]->submit(proofs);
        });
    }

    SystemClock m_clock;
    metrics::Metrics m_metrics;
    std::array<std::vector<chat::Outbound>, 4> m_heard; // each its worker's
};

inline chat::Command message(chat::SocketRef from, const char *receiver, int number)
{
    chat::SendMessage send;
    send.origin = {from, quint64(number)};
    send.receiver = UserId(receiver);
    send.data = "{\"text\":\"" + QByteArray::number(number) + "\"}";
    return send;
}

inline QByteArrayList texts(const std::vector<chat::Outbound> &heard)
{
    QByteArrayList list;
    for (const chat::Outbound &outbound : heard) {
        const auto *delivery = std::get_if<chat::Delivery>(&outbound);
        const auto *push = delivery ? std::get_if<chat::GetMessage>(&delivery->push) : nullptr;
        if (push)
            list.append(push->message->data);
    }
    return list;
}

/// How far the last of it takes its sockets.
inline qint64 lastOrder(const std::vector<chat::Outbound> &heard)
{
    qint64 order = 0;
    for (const chat::Outbound &outbound : heard) {
        const auto *delivery = std::get_if<chat::Delivery>(&outbound);
        if (delivery && delivery->mark && delivery->mark->needsProof)
            order = delivery->mark->offset.order;
    }
    return order;
}

/// What became of the messages that were answered.
inline std::vector<chat::SendOutcome> outcomes(const std::vector<chat::Outbound> &heard)
{
    std::vector<chat::SendOutcome> list;
    for (const chat::Outbound &outbound : heard) {
        const auto *reply = std::get_if<chat::Reply>(&outbound);
        if (const auto *taken = reply ? std::get_if<chat::MessageTaken>(&reply->result) : nullptr)
            list.push_back(taken->outcome);
    }
    return list;
}

template <class T>
qsizetype replies(const std::vector<chat::Outbound> &heard)
{
    return std::count_if(heard.begin(), heard.end(), [](const chat::Outbound &outbound) {
        const auto *reply = std::get_if<chat::Reply>(&outbound);
        return reply && std::holds_alternative<T>(reply->result);
    });
}

} // namespace concierge::test
