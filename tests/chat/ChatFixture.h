#pragma once

#include "chat/ChatService.h"
#include "chat/ErrorCode.h"
#include "metrics/Metrics.h"
#include "store/MemoryInbox.h"
#include "support/FakeClock.h"

#include <QByteArrayList>
#include <QHash>
#include <QSet>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <vector>

namespace concierge::test {

/// Writes down what each socket hears, one short line per push or reply, in order.
class RecordingSink final : public chat::OutboundSink
{
public:
    void deliver(quint32 worker, chat::Outbound outbound) override
    {
        if (const auto *delivery = std::get_if<chat::Delivery>(&outbound)) {
            ++deliveries;
            if (const auto *push = std::get_if<chat::GetMessage>(&delivery->push))
                lastMessage = push->message;
            const auto *list = std::get_if<chat::OnlineUsers>(&delivery->push);
            for (const chat::SocketRef &target : delivery->targets) {
                ++pushes;
                if (delivery->mark) {
                    marks[target] = *delivery->mark;
                    if (delivery->mark->needsProof)
                        unproven[target] = delivery->mark->offset.order;
                }
                isGroupedByWorker &= target.worker == worker;
                if (list)
                    lastList[target] = list->users;
                if (isWriting)
                    heard[target].append(
                        std::visit([](const auto &push) { return line(push); }, delivery->push));
            }
        } else if (const auto *request = std::get_if<chat::ReportDrained>(&outbound)) {
            isGroupedByWorker &= request->socket.worker == worker;
            reports.push_back(request->socket);
        } else if (const auto *answer = std::get_if<chat::AcceptSocket>(&outbound)) {
            isGroupedByWorker &= answer->socket.worker == worker;
            accepted[answer->socket] = *answer;
            for (const auto &[mark, push] : answer->missed) {
                marks[answer->socket] = mark;
                unproven[answer->socket] = mark.offset.order;
                heard[answer->socket].append("missed " +
                                             std::visit([](const auto &value) { return line(value); }, push));
            }
            heard[answer->socket].append(answer->isRecovered ? "recovered" : "new");
        } else if (const auto *end = std::get_if<chat::EndSocket>(&outbound)) {
            heard[end->socket].append("ended");
        } else if (const auto *speaks = std::get_if<chat::SpeaksFor>(&outbound)) {
            isGroupedByWorker &= speaks->socket.worker == worker;
            heard[speaks->socket].append("speaks for " + speaks->user.utf8() + " in " + join(speaks->chats));
        } else if (const auto *joined = std::get_if<chat::ChatJoined>(&outbound)) {
            writeRoom(worker, joined->targets, "in " + joined->chat.utf8());
        } else if (const auto *left = std::get_if<chat::ChatLeft>(&outbound)) {
            writeRoom(worker, left->targets, "out of " + left->chat.utf8());
        } else {
            const auto &reply = std::get<chat::Reply>(outbound);
            isGroupedByWorker &= reply.socket.worker == worker;
            lastReply = reply;
            if (isWriting) {
                heard[reply.socket].append(std::visit(
                    [&reply](const auto &result) { return line(reply.event, result); }, reply.result));
            }
        }
    }

    static QByteArray line(const chat::GetMessage &push) { return "getMessage " + push.message->data; }
    static QByteArray line(const chat::MessageSent &push)
    {
        return "messageSent to " + (push.receiver.isEmpty() ? "chat" : push.receiver.utf8()) + ' ' +
               push.message->data;
    }
    /// The id only where the sender chose it.
    static QByteArray line(const chat::MessageStatus &push)
    {
        static constexpr std::array names{"stored", "delivered", "read", "expired"};
        const QByteArray id = push.receipt->message.utf8();
        return (id.size() == 36 ? "state" : "state " + id) + " of " + push.receipt->receiver.utf8() + ' ' +
               names[static_cast<std::size_t>(push.receipt->state)];
    }
    static QByteArray line(const chat::OnlineUsers &push)
    {
        return "online " + join(QList<UserId>(push.users->begin(), push.users->end()));
    }
    static QByteArray line(const chat::UserStatus &push) { return "status " + line(push.presence); }
    static QByteArray line(const chat::TypingPush &push)
    {
        return "typing " + push.user.utf8() + (push.chat.isEmpty() ? "" : " in " + push.chat.utf8()) +
               (push.isTyping ? " starts" : " stops");
    }
    static QByteArray line(const chat::UserPresence &presence)
    {
        static constexpr std::array names{"online", "idle", "offline"};
        return presence.user.utf8() + ' ' + names[static_cast<std::size_t>(presence.status)];
    }
    static QByteArray line(const QByteArray &, const chat::Registered &result)
    {
        return "registered " + result.user.utf8() + " pending " + QByteArray::number(result.pending);
    }
    static QByteArray line(const QByteArray &, const chat::MessageTaken &result)
    {
        return QByteArray(result.outcome == chat::SendOutcome::Delivered ? "delivered" : "stored") +
               (result.truncated ? " truncated" : "") + (result.duplicate ? " duplicate" : "");
    }
    static QByteArray line(const QByteArray &, const chat::ReadCount &result)
    {
        return "read " + QByteArray::number(result.count);
    }
    static QByteArray line(const QByteArray &, const chat::Members &result)
    {
        return "members " + join(result.members);
    }
    static QByteArray line(const QByteArray &, const chat::Presences &result)
    {
        QByteArrayList lines;
        for (const chat::UserPresence &presence : result.users)
            lines.append(line(presence));
        return "presence " + lines.join(", ");
    }
    static QByteArray line(const QByteArray &event, const chat::Done &) { return event + " done"; }
    static QByteArray line(const QByteArray &event, const chat::Error &error)
    {
        return event + " refused " + chat::toString(error.code).toByteArray();
    }
    template <class Id>
    static QByteArray join(const QList<Id> &list)
    {
        QByteArrayList ids;
        for (const Id &id : list)
            ids.append(id.utf8());
        std::sort(ids.begin(), ids.end()); // who is there counts, not in which order
        return ids.join(',');
    }

    void writeRoom(quint32 worker, const std::vector<chat::SocketRef> &targets, const QByteArray &what)
    {
        for (const chat::SocketRef &target : targets) {
            isGroupedByWorker &= target.worker == worker;
            heard[target].append(what);
        }
    }

    QHash<chat::SocketRef, QByteArrayList> heard;
    std::shared_ptr<const chat::Message> lastMessage;
    QHash<chat::SocketRef, std::shared_ptr<const std::vector<UserId>>> lastList;
    std::optional<chat::Reply> lastReply;
    std::vector<chat::SocketRef> reports;           ///< asked for and not answered yet
    QHash<chat::SocketRef, qint64> unproven;        ///< the last order that a proof is wanted of
    QHash<chat::SocketRef, chat::StreamMark> marks; ///< the last one
    QHash<chat::SocketRef, chat::AcceptSocket> accepted;
    bool isGroupedByWorker = true;
    bool isWriting = true;
    qint64 deliveries = 0;
    qint64 pushes = 0;
};

/// An inbox that, when slow, answers when told to, as one on a disk does; when broken it stores nothing, and
/// when unreadable it loads nothing.
class TestInbox final : public chat::Inbox, private chat::InboxListener
{
public:
    explicit TestInbox(chat::Inbox &inner)
        : m_inner(inner)
    {
        m_inner.setListener(this);
    }
    ~TestInbox() override { m_inner.setListener(nullptr); }

    void setListener(chat::InboxListener *listener) override { m_listener = listener; }
    chat::InboxPosition firstPosition() const override { return firstPositionToUse; }
    QByteArray secret() const override { return m_inner.secret(); }
    std::vector<quint64> takeEvidence() override { return std::exchange(evidence, {}); }
    void append(const UserId &user, chat::InboxPosition position, chat::Entry entry) override
    {
        ++appends;
        if (isBroken) {
            finish([this, user, position] {
                if (m_listener)
                    m_listener->appended(user, position, chat::StoreResult::Failed);
            });
            return;
        }
        m_inner.append(user, position, std::move(entry));
    }
    void load(const UserId &user, chat::InboxPosition after, LoadCallback done) override
    {
        if (isUnreadable) {
            finish([done] { done({{}, true}); });
            return;
        }
        m_inner.load(user, after, [this, done = std::move(done)](chat::InboxPage page) {
            finish([done, page = std::move(page)] { done(page); });
        });
    }
    bool remove(const UserId &user, chat::InboxPosition position) override
    {
        return m_inner.remove(user, position);
    }
    qsizetype waiting(const UserId &user) const override { return m_inner.waiting(user); }
    bool hasEntries(const UserId &user) const override { return m_inner.hasEntries(user); }
    void sweep(SweepCallback done) override { m_inner.sweep(std::move(done)); }
    quint64 record(QByteArray block) override
    {
        blocks.push_back({static_cast<quint64>(blocks.size()) + 1, block});
        const quint64 number = blocks.back().number;
        finish([this, number] {
            if (m_listener)
                m_listener->recorded(number);
        });
        return number;
    }
    void forget(quint64 upTo) override { forgotten = upTo; }
    std::vector<chat::LedgerBlock> takeLedger() override { return blocks; }
    void addMember(const ChatId &chat, const UserId &user, MemberCallback done) override
    {
        m_inner.addMember(chat, user, std::move(done));
    }
    void removeMember(const ChatId &chat, const UserId &user, MemberCallback done) override
    {
        m_inner.removeMember(chat, user, std::move(done));
    }
    QList<UserId> members(const ChatId &chat) const override { return m_inner.members(chat); }
    QList<ChatId> chatsOf(const UserId &user) const override { return m_inner.chatsOf(user); }

    /// Answers everything that was asked so far, and what is asked meanwhile.
    void answer()
    {
        for (std::size_t i = 0; i < m_open.size(); ++i) {
            const auto next = m_open[i];
            next();
        }
        m_open.clear();
    }

    bool isAsked() const { return !m_open.empty(); }

    bool isSlow = false;
    bool isBroken = false;
    bool isUnreadable = false;
    int appends = 0;
    quint64 forgotten = 0;
    chat::InboxPosition firstPositionToUse = 1;
    std::vector<quint64> evidence;
    std::vector<chat::LedgerBlock> blocks;

private:
    void appended(const UserId &user, chat::InboxPosition position, chat::StoreResult result) override
    {
        finish([this, user, position, result] {
            if (m_listener)
                m_listener->appended(user, position, result);
        });
    }
    void recorded(quint64) override {}
    void finish(std::function<void()> answer)
    {
        if (isSlow)
            m_open.push_back(std::move(answer));
        else
            answer();
    }

    chat::Inbox &m_inner;
    chat::InboxListener *m_listener = nullptr;
    std::vector<std::function<void()>> m_open;
};

/// A chat with a clock that stands still, and words to say what clients do. Everything said is a batch of its
/// own.
class Chat
{
public:
    /// `journal` and `cluster` outlive the chat; nullptr: there is none.
    explicit Chat(chat::ChatOptions options = {}, int inboxMax = 100, chat::Journal *journal = nullptr,
                  chat::Cluster *cluster = nullptr)
        : memory(clock, std::chrono::hours(720))
        , inbox(memory)
        , m_options(options)
        , m_journal(journal)
        , m_cluster(cluster)
    {
        m_options.inboxMaxPerUser = inboxMax;
        m_service = std::make_unique<chat::ChatService>(m_options, inbox, sink, clock, counters, m_journal,
                                                        m_cluster);
    }
    /// The process is killed and started again: what the inbox does not have is gone.
    void crash()
    {
        m_service.reset();
        sink.reports.clear();
        sink.unproven.clear();
        inbox.firstPositionToUse += 1'000'000;
        m_service = std::make_unique<chat::ChatService>(m_options, inbox, sink, clock, counters, m_journal,
                                                        m_cluster);
    }
    chat::ChatService &service() { return *m_service; }

    chat::SocketRef connect(quint32 worker = 0)
    {
        const chat::SocketRef socket{worker, ++m_serial};
        const QByteArray number = QByteArray::number(m_serial);
        m_service->handle(chat::SocketConnected{socket, SocketId("sid" + number), "pid" + number});
        return socket;
    }
    /// A client comes back, with the pid of an earlier socket and the offset it saw last.
    chat::SocketRef reconnect(const QByteArray &pid, const QByteArray &offset, quint32 worker = 0,
                              const QByteArray &owner = {})
    {
        const chat::SocketRef socket{worker, ++m_serial};
        const QByteArray number = QByteArray::number(m_serial);
        say(chat::RecoverSocket{socket, SocketId("sid" + number), "pid" + number, pid, offset,
                                UserId(owner)});
        return socket;
    }
    static QByteArray pidOf(const chat::SocketRef &socket)
    {
        return "pid" + QByteArray::number(socket.serial);
    }
    /// The offset of the last event that the socket was sent.
    QByteArray offset(const chat::SocketRef &socket) const
    {
        const chat::StreamMark mark = sink.marks.value(socket);
        return mark.user.isEmpty() ? QByteArray()
                                   : chat::OffsetCodec(inbox.secret()).encode(mark.offset, mark.user);
    }
    void lose(const chat::SocketRef &socket) { say(chat::SocketDisconnected{socket, false}); }
    void say(const chat::Command &command)
    {
        m_service->handle(command);
        m_service->tick();
        settle();
    }
    /// Sockets take what they are sent and prove it, those that stall or are mute excepted.
    void settle()
    {
        for (bool isDone = false; !isDone;) {
            isDone = true;
            const auto unproven = sink.unproven.keys();
            for (const chat::SocketRef &socket : unproven) {
                if (mute.contains(socket) || stalled.contains(socket))
                    continue;
                prove(socket);
                m_service->tick();
                isDone = false;
            }
            const auto next = std::find_if(sink.reports.begin(), sink.reports.end(),
                                           [this](const auto &socket) { return !stalled.contains(socket); });
            if (next == sink.reports.end())
                continue;
            const chat::SocketRef socket = *next;
            sink.reports.erase(next);
            m_service->handle(chat::SocketDrained{socket});
            m_service->tick();
            isDone = false;
        }
    }
    /// A slow inbox answers, and what comes of it is taken.
    void answerInbox()
    {
        while (inbox.isAsked()) {
            inbox.answer();
            m_service->tick();
            settle();
        }
    }
    void stall(const chat::SocketRef &socket) { stalled.insert(socket); }
    /// It takes what it was sent by now, and no more.
    void takePage(const chat::SocketRef &socket)
    {
        std::erase(sink.reports, socket);
        if (!mute.contains(socket))
            prove(socket);
        m_service->handle(chat::SocketDrained{socket});
        m_service->tick();
    }
    void disconnect(const chat::SocketRef &socket) { say(chat::SocketDisconnected{socket, true}); }
    void newUser(const chat::SocketRef &socket, const QByteArray &user,
                 chat::PresenceMode mode = chat::PresenceMode::List)
    {
        say(chat::NewUser{{socket, 1}, UserId(user), mode});
    }
    /// A socket that is registered and has heard all there is to hear; it wants no presence unless told.
    chat::SocketRef login(const QByteArray &user, chat::PresenceMode mode = chat::PresenceMode::None,
                          quint32 worker = 0)
    {
        const chat::SocketRef socket = connect(worker);
        newUser(socket, user, mode);
        pass(Milliseconds(10'000));
        sink.heard.clear();
        return socket;
    }
    void send(const chat::SocketRef &from, const QByteArray &receiver, const QByteArray &data,
              std::optional<QByteArray> senderId = {}, const QByteArray &chatId = {})
    {
        chat::SendMessage message;
        message.origin = {from, 7};
        message.receiver = UserId(receiver);
        message.chat = ChatId(chatId);
        message.data = data;
        if (senderId)
            message.senderId = UserId(*senderId);
        say(message);
    }
    /// With an id that the sender chose.
    void sendAs(const chat::SocketRef &from, const QByteArray &id, const QByteArray &receiver,
                const QByteArray &data, const QByteArray &chatId = {}, std::optional<quint64> ackId = 7)
    {
        chat::SendMessage message;
        message.origin = {from, ackId};
        message.receiver = UserId(receiver);
        message.chat = ChatId(chatId);
        message.messageId = MessageId(id);
        message.data = data;
        say(message);
    }
    void read(const chat::SocketRef &socket, const QByteArrayList &ids, const QByteArray &chatId = {})
    {
        chat::MessageRead command{{socket, 3}, ChatId(chatId), {}};
        for (const QByteArray &id : ids)
            command.messages.append(MessageId(id));
        say(command);
    }
    void sendToChat(const chat::SocketRef &from, const QByteArray &chatId, const QByteArray &data,
                    std::optional<QByteArray> senderId = {})
    {
        send(from, {}, data, senderId, chatId);
    }
    void join(const chat::SocketRef &socket, const QByteArray &chatId)
    {
        say(chat::JoinChat{{socket, 2}, ChatId(chatId)});
    }

    /// Time passes, and the chat is woken whenever it asked to be.
    void pass(Milliseconds time)
    {
        const Milliseconds end = clock.monotonic() + time;
        for (auto due = m_service->nextTick(); due && *due <= end; due = m_service->nextTick()) {
            clock.advance(std::max(Milliseconds(0), *due - clock.monotonic()));
            m_service->tick();
        }
        clock.advance(end - clock.monotonic());
    }

    /// What the socket heard since it was asked last.
    QByteArrayList heard(const chat::SocketRef &socket)
    {
        settle();
        return sink.heard.take(socket);
    }
    std::uint64_t count(metrics::Counter counter) const { return counters.read(counter); }

    FakeClock clock;
    metrics::ThreadCounters counters;
    RecordingSink sink;
    store::MemoryInbox memory;
    TestInbox inbox;
    QSet<chat::SocketRef> stalled;
    QSet<chat::SocketRef> mute; ///< prove nothing

private:
    void prove(const chat::SocketRef &socket)
    {
        if (const qint64 order = sink.unproven.take(socket); order > 0)
            m_service->handle(chat::SocketProven{socket, order});
    }

    chat::ChatOptions m_options;
    chat::Journal *const m_journal;
    chat::Cluster *const m_cluster;
    std::unique_ptr<chat::ChatService> m_service;
    quint64 m_serial = 0;
};

} // namespace concierge::test
