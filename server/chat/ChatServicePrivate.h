#pragma once

#include "chat/ChatService.h"
#include "chat/EarlyEvents.h"
#include "chat/InboxDelivery.h"
#include "chat/Ledger.h"
#include "chat/LostSockets.h"
#include "chat/Messages.h"
#include "chat/Presence.h"
#include "chat/Receipts.h"
#include "chat/Replies.h"
#include "chat/Rooms.h"
#include "chat/Streams.h"
#include "chat/Users.h"

#include <deque>
#include <utility>

namespace concierge::chat {

/// ChatService's own: what it is made of. Its parts: ChatService.cpp, and ChatServiceSockets.cpp for the
/// coming and going of sockets, ChatServicePlatform.cpp for what the platform's back end asks.
class ChatService::Private final : public InboxListener
{
public:
    Private(ChatOptions chatOptions, Inbox &store, OutboundSink &outbound, const Clock &systemClock,
            metrics::ThreadCounters &threadCounters, Journal *journal, Cluster *others)
        : options(chatOptions)
        , inbox(store)
        , sink(outbound)
        , clock(systemClock)
        , counters(threadCounters)
        , offsets(store.secret())
        , rooms(store)
        , lost(options, users)
        , replies(sink, counters)
        , fanOut(sink)
        , cluster(others)
        , presence(options, users, sink, clock, counters, cluster)
        , ledger(options, store, clock)
        , receipts(ledger, replies, clock, counters)
        , streams(options, store, users, lost, sink, counters, receipts, cluster)
        , messages(options, store, rooms, streams, ledger, receipts, replies, clock, counters, journal)
        , inboxDelivery(store, users, streams, messages, sink, replies)
    {
        receipts.setStreams(streams);
        inbox.setListener(this);
    }
    ~Private() override { inbox.setListener(nullptr); }

    void appended(const UserId &user, InboxPosition position, StoreResult result) override
    {
        now = clock.monotonic();
        streams.appended(user, position, result);
    }
    void recorded(quint64 number) override { ledger.recorded(number); }

    void handle(const SocketConnected &command);
    void handle(const RecoverSocket &command);
    void handle(const SocketDisconnected &command);
    void handle(const SocketProven &command);
    void handle(const SocketDrained &command);
    void handle(const SocketActive &) {}
    void handle(Socket &socket, const NewUser &command);
    void handle(Socket &socket, const SendMessage &command) { messages.send(socket, command); }
    void handle(Socket &socket, const MessageRead &command);
    bool isCrowded(const UserId &id);
    void tellRooms(const Socket &socket);
    template <class Change>
    void tellRoom(const UserId &id, const ChatId &chat);
    void handle(Socket &socket, const JoinChat &command);
    void handle(Socket &socket, const LeaveChat &command);
    void handle(Socket &socket, const Typing &command);
    void handle(Socket &socket, const SetStatus &command);
    void handle(Socket &socket, const GetPresence &command);
    void handle(Socket &socket, const WatchPresence &command);
    void handle(Socket &socket, const UnwatchPresence &command);

    void answerRegistrations();
    bool isTooEarly(Socket &socket, const Command &command);
    template <class Event>
    void handleEvent(Socket &socket, const Event &event);
    bool refuseEarly(const Command &command);
    void handleEarly(Socket &socket);
    void endPatience(Milliseconds upTo);
    Socket &add(const SocketRef &ref, const SocketId &sid, const QByteArray &pid);
    static bool isOwner(const RecoverSocket &command, const UserId &user);
    Socket *findRecoverable(const RecoverSocket &command, Offset &offset);
    void recover(const RecoverSocket &command, Socket &old, const Offset &offset);
    bool lose(Socket &socket);
    void end(Socket &socket);
    void leave(Socket &socket);
    void sweep();
    Rooms::Callback answerMembership(const Origin &origin, const QByteArray &event, const ChatId &chat,
                                     bool tellsMembers);
    void type(const Typing &command, const UserId &user);
    bool isRegistered(const Socket &socket, const Origin &origin, const QByteArray &event);
    bool isWithinLimit(const QList<UserId> &asked, const Origin &origin, const QByteArray &event);

    const ChatOptions options;
    Inbox &inbox;
    OutboundSink &sink;
    const Clock &clock;
    metrics::ThreadCounters &counters;
    const OffsetCodec offsets;
    Milliseconds now{};
    Users users;
    Rooms rooms;
    LostSockets lost;
    Replies replies;
    FanOut fanOut;
    Cluster *const cluster; // nullptr: this is the only server
    Presence presence;
    Ledger ledger;
    Receipts receipts;
    Streams streams;
    Messages messages;
    InboxDelivery inboxDelivery;
    std::vector<Registration> registrations; // of this batch, not answered yet
    Milliseconds sweepDue{};                 // monotonic
    bool isSweeping = false;
    std::deque<std::pair<Milliseconds, SocketRef>> early; // whose events wait, by the end of that, monotonic
    qsizetype openMemberships = 0;                        // changes that have not been answered
    std::shared_ptr<const char> alive = std::make_shared<char>(); // the inbox may answer after this is gone
};

} // namespace concierge::chat
