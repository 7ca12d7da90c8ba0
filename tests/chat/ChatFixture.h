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
               (result.truncated ? " truncated" : "");
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
    static QByteArray join(const QList<UserId> &users)
    {
        QByteArrayList ids;
        for (const UserId &user : users)
            ids.append(user.utf8());
        std::sort(ids.begin(), ids.end()); // who is there counts, not in which order
        return ids.join(',');
    }

    QHash<chat::SocketRef, QByteArrayList> heard;
    std::shared_ptr<const chat::Message> lastMessage;
    QHash<chat::SocketRef, std::shared_ptr<const std::vector<UserId>>> lastList;
    std::optional<chat::Reply> lastReply;
    std::vector<chat::SocketRef> reports; ///< asked for and not answered yet
    bool isGroupedByWorker = true;
    bool isWriting = true;
    qint64 deliveries = 0;
    qint64 pushes = 0;
};

/// An inbox that, when slow, answers when told to, as one on a disk does; when broken it stores nothing.
class TestInbox final : public chat::Inbox
{
public:
    explicit TestInbox(chat::Inbox &inner)
        : m_inner(inner)
    {}

    void append(const UserId &user, std::shared_ptr<const chat::Message> message, StoreCallback done) override
    {
        if (isBroken) {
            finish([done] { done(chat::StoreResult::Failed); });
            return;
        }
        m_inner.append(user, std::move(message), [this, done = std::move(done)](chat::StoreResult result) {
            finish([done, result] { done(result); });
        });
    }
    void load(const UserId &user, LoadCallback done) override
    {
        m_inner.load(user,
                     [this, done = std::move(done)](std::vector<std::shared_ptr<const chat::Message>> found) {
                         finish([done, found = std::move(found)] { done(found); });
                     });
    }
    void remove(const UserId &user, const std::vector<MessageId> &messages) override
    {
        m_inner.remove(user, messages);
    }
    qsizetype waiting(const UserId &user) const override { return m_inner.waiting(user); }
    void addMember(const ChatId &chat, const UserId &user) override { m_inner.addMember(chat, user); }
    void removeMember(const ChatId &chat, const UserId &user) override { m_inner.removeMember(chat, user); }
    QList<UserId> members(const ChatId &chat) const override { return m_inner.members(chat); }

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

private:
    void finish(std::function<void()> answer)
    {
        if (isSlow)
            m_open.push_back(std::move(answer));
        else
            answer();
    }

    chat::Inbox &m_inner;
    std::vector<std::function<void()>> m_open;
};

/// A chat with a clock that stands still, and words to say what clients do. Everything said is a batch of its
/// own.
class Chat
{
public:
    explicit Chat(chat::ChatOptions options = {}, int inboxMax = 100)
        : memory(clock, inboxMax, std::chrono::hours(720))
        , inbox(memory)
        , service(options, inbox, sink, clock, counters)
    {}

    chat::SocketRef connect(quint32 worker = 0)
    {
        const chat::SocketRef socket{worker, ++m_serial};
        service.handle(chat::SocketConnected{socket});
        return socket;
    }
    void say(const chat::Command &command)
    {
        service.handle(command);
        service.tick();
        settle();
    }
    /// Sockets take what they are sent, those that stall excepted.
    void settle()
    {
        for (auto next = sink.reports.begin(); next != sink.reports.end();) {
            if (stalled.contains(*next)) {
                ++next;
                continue;
            }
            const chat::SocketRef socket = *next;
            sink.reports.erase(next);
            service.handle(chat::SocketDrained{socket});
            service.tick();
            next = sink.reports.begin();
        }
    }
    /// A slow inbox answers, and what comes of it is taken.
    void answerInbox()
    {
        while (inbox.isAsked()) {
            inbox.answer();
            service.tick();
            settle();
        }
    }
    void stall(const chat::SocketRef &socket) { stalled.insert(socket); }
    /// It takes what it was sent by now, and no more.
    void takePage(const chat::SocketRef &socket)
    {
        std::erase(sink.reports, socket);
        service.handle(chat::SocketDrained{socket});
        service.tick();
    }
    void disconnect(const chat::SocketRef &socket) { say(chat::SocketDisconnected{socket}); }
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
        for (auto due = service.nextTick(); due && *due <= end; due = service.nextTick()) {
            clock.advance(std::max(Milliseconds(0), *due - clock.monotonic()));
            service.tick();
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
    chat::ChatService service;
    QSet<chat::SocketRef> stalled;

private:
    quint64 m_serial = 0;
};

} // namespace concierge::test
