#include "chat/Messages.h"

#include "chat/Sending.h"

#include <algorithm>
#include <utility>

namespace concierge::chat {

using metrics::Counter;

namespace {

/// Open mode trusts `senderId`; otherwise refusal() has seen to it that it is the registered user.
UserId senderOf(const Socket &from, const SendMessage &command)
{
    if (!command.senderId)
        return from.user ? from.user->id : from.spokeFor;
    if (from.user && *command.senderId == from.user->id)
        return from.user->id; // one text for all that is remembered of this user's messages
    return *command.senderId;
}

} // namespace

Messages::Messages(const ChatOptions &options, Inbox &inbox, Rooms &rooms, Streams &streams, Ledger &ledger,
                   Receipts &receipts, Replies &replies, const Clock &clock,
                   metrics::ThreadCounters &counters, Journal *journal)
    : m_options(options)
    , m_rooms(rooms)
    , m_streams(streams)
    , m_ledger(ledger)
    , m_receipts(receipts)
    , m_replies(replies)
    , m_clock(clock)
    , m_counters(counters)
    , m_journal(journal)
    , m_secret(inbox.secret())
    , m_startEvidence(inbox.takeEvidence())
    , m_startTime(clock.monotonic())
{}

Messages::~Messages() = default;

/// What a client has, until the ledger holds it.
class Messages::Shown final : public Settling
{
public:
    Shown(const Ledger &ledger, quint64 epoch)
        : m_ledger(ledger)
        , m_epoch(epoch)
    {}
    void settled(const UserId &, Outcome) override {}
    bool isRecorded() const override { return m_ledger.isDurable(m_epoch); }

private:
    const Ledger &m_ledger;
    const quint64 m_epoch;
};

void Messages::addEvidence(const UserId &user, const std::vector<quint64> &evidence)
{
    for (const quint64 hash : evidence)
        record(user, hash, m_clock.wall(), 0, Ledger::Evidence::Shown);
}

void Messages::isSending(const UserId &user, const Message &message, InboxPosition position)
{
    const bool isKnown = message.appendMessageId || message.sender.isEmpty() ||
                         m_clock.wall() - message.timestamp >= m_options.dedupeWindow ||
                         m_open.contains({message.sender, message.id}) ||
                         m_ledger.findSend(message.sender, message.id);
    if (!isKnown)
        record(user, evidenceHash(m_secret, message.sender, message.id, user), message.timestamp, position,
               Ledger::Evidence::Taken);
}

void Messages::record(const UserId &user, quint64 hash, Milliseconds since, InboxPosition position,
                      Ledger::Evidence evidence)
{
    const auto known = m_ledger.findEvidence(hash);
    if (known && *known >= evidence)
        return;
    const quint64 epoch = m_ledger.addEvidence(hash, since, evidence);
    m_streams.remember(user, hash, position, std::make_shared<Shown>(m_ledger, epoch));
}

/// What became of a message at a receiver before, when that was in doubt: for its repetition.
std::optional<Outcome> Messages::knownOutcome(const UserId &receiver, const Message &message,
                                              quint64 evidence)
{
    if (!m_startEvidence.empty() && m_clock.monotonic() - m_startTime > m_options.dedupeWindow)
        std::vector<quint64>().swap(m_startEvidence);
    const auto known = m_ledger.findEvidence(evidence);
    if (known == Ledger::Evidence::Shown || m_ledger.hasReceived(receiver, message.sender, message.id))
        return Outcome::Delivered;
    if (known || std::binary_search(m_startEvidence.begin(), m_startEvidence.end(), evidence))
        return Outcome::Stored;
    return std::nullopt;
}

void Messages::send(const Socket &from, const SendMessage &command)
{
    const Asker asker{command.origin, {}};
    if (auto error = refusal(from, command)) {
        refuse(asker, *std::move(error));
        return;
    }
    Request request;
    request.sender = senderOf(from, command);
    if (!command.receiver.isEmpty()) {
        request.receivers = request.named = {command.receiver};
    } else {
        request.receivers = m_rooms.members(command.chat);
        if (auto error = refusalToSpeak(command.chat, request.receivers, request.sender)) {
            refuse(asker, *std::move(error));
            return;
        }
        request.receivers.removeOne(request.sender);
    }
    request.speaker = from.user ? from.user->id : from.spokeFor;
    begin(asker, request, command);
}

void Messages::publish(const Publish &command, PublishAnswer done)
{
    const Asker asker{{}, std::move(done)};
    Request request;
    request.sender = request.speaker = *command.message.senderId;
    request.receivers = request.named = command.receivers;
    request.isPublished = true;
    request.isSilent = !command.wantsReceipts;
    if (request.receivers.isEmpty()) {
        request.receivers = m_rooms.members(command.message.chat);
        if (request.receivers.isEmpty()) {
            refuse(asker, {ErrorCode::Forbidden, "the chat \"" + command.message.chat.utf8() +
                                                     "\" has no members: users join it with joinChat"});
            return;
        }
        request.receivers.removeOne(request.sender);
    }
    SendMessage message = command.message;
    message.receiver = request.named.size() == 1 ? request.named.front() : UserId();
    begin(asker, request, message);
}

void Messages::begin(const Asker &asker, const Request &request, const SendMessage &command)
{
    const QList<UserId> &receivers = request.receivers;
    if (command.messageId && isRepetition(request.sender, command, asker))
        return;
    if (m_journal && !m_journal->hasRoom()) {
        refuse(asker, {ErrorCode::Unavailable,
                       QByteArrayLiteral("the platform's back end has not taken messages for so long that no "
                                         "more can wait for it; send this again later")});
        return;
    }
    const auto sending = std::make_shared<Sending>(*this);
    sending->asker = asker;
    sending->receiver = command.receiver;
    sending->truncated = command.truncated;
    sending->readAt = command.readAt;
    sending->isPublished = request.isPublished;
    sending->isDelivered = receivers.isEmpty(); // nobody is left who lacks it
    sending->message = take(request, command);
    // Those who hear it as receivers need not hear that it was sent.
    if (!receivers.contains(request.speaker))
        sending->speaker = request.speaker;
    if (sending->isRepeatable())
        m_open[{request.sender, sending->message->id}] = sending.get();
    bool isReaching = receivers.isEmpty();
    for (const UserId &receiver : receivers)
        isReaching |= sendTo(sending, receiver);
    const bool isRefused = !command.receiver.isEmpty() && (sending->isFull || sending->isInDoubt);
    if (!isRefused)
        tellSpeaker(*sending);
    if (m_journal && isReaching)
        writeDown(sending, request.named);
    sending->close();
}

/// Also what only some of a chat have: they have read it, and whoever sent it may not repeat it.
void Messages::writeDown(const std::shared_ptr<Sending> &sending, const QList<UserId> &receivers)
{
    ++sending->open;
    ++m_unwritten;
    const std::weak_ptr<const char> alive = m_alive;
    m_journal->write({receivers, sending->message, sending->isPublished},
                     [this, alive, sending](bool isStored) {
                         if (alive.expired())
                             return;
                         --m_unwritten;
                         sending->isFailed |= !isStored;
                         sending->close();
                     });
}

std::optional<Error> Messages::refusal(const Socket &from, const SendMessage &command) const
{
    if (command.receiver.isEmpty() && command.chat.isEmpty()) {
        return Error{ErrorCode::InvalidPayload,
                     QByteArrayLiteral("receiverId must be given, or data.chatId for the members of a chat")};
    }
    if (m_options.trustSenderId)
        return std::nullopt;
    // One that came back has registered before, which its client need not know to be forgotten.
    const UserId &speaker = from.user ? from.user->id : from.spokeFor;
    if (speaker.isEmpty())
        return Error{ErrorCode::NotRegistered, QByteArrayLiteral("say newUser before sendMessage")};
    if (command.senderId && *command.senderId != speaker) {
        return Error{ErrorCode::SenderMismatch, "data.senderId must be \"" + speaker.utf8() +
                                                    "\", the user of this connection, or be left out"};
    }
    return std::nullopt;
}

/// Answers one that was taken before, now or together with the first.
bool Messages::isRepetition(const UserId &sender, const SendMessage &command, const Asker &asker)
{
    if (sender.isEmpty() || m_options.dedupeWindow <= Milliseconds(0))
        return false;
    if (const auto open = m_open.find({sender, *command.messageId}); open != m_open.end()) {
        m_counters.add(Counter::MessagesDuplicate);
        open->second->repetitions.push_back(asker);
        return true;
    }
    const auto known = m_ledger.findSend(sender, *command.messageId);
    if (!known)
        return false;
    m_counters.add(Counter::MessagesDuplicate);
    tell(asker, {{*command.messageId, known->timestamp, known->outcome, known->truncated, true}, {}});
    return true;
}

std::shared_ptr<const Message> Messages::take(const Request &request, const SendMessage &command)
{
    auto message = std::make_shared<Message>();
    message->timestamp = m_clock.wall();
    message->id = command.messageId ? *command.messageId : m_ids.next(message->timestamp);
    message->appendMessageId = !command.messageId;
    message->sender = request.sender;
    message->appendSenderId = !command.senderId && !request.sender.isEmpty();
    message->appendTimestamp = !command.hasTimestamp;
    message->chat = command.chat;
    message->data = command.data;
    message->attachments = command.attachments;
    message->isSilent = request.isSilent;
    return message;
}

/// False: it certainly does not get it now.
bool Messages::sendTo(const std::shared_ptr<Sending> &sending, const UserId &receiver)
{
    ++sending->open;
    quint64 evidence = 0;
    if (sending->isRepeatable() && m_options.dedupeWindow > Milliseconds(0)) {
        evidence = evidenceHash(m_secret, sending->message->sender, sending->message->id, receiver);
        if (const auto outcome = knownOutcome(receiver, *sending->message, evidence)) {
            sending->isDuplicate = !sending->receiver.isEmpty();
            sending->settled(receiver, *outcome);
            return true;
        }
    }
    if (evidence != 0 && m_streams.isInDoubt(receiver, evidence)) {
        sending->isInDoubt = true;
        sending->settled(receiver,
                         Outcome::Failed); // not twice; who asks again later hears what became of it
        return false;
    }
    if (!m_streams.hasRoom(receiver)) {
        sending->isFull = true;
        sending->close();
        return false;
    }
    m_streams.post(receiver, sending->message, sending, evidence, m_clock.monotonic(), sending->readAt);
    return true;
}

/// The sender's other sockets hear what was sent.
void Messages::tellSpeaker(const Sending &sending) const
{
    if (!sending.speaker.isEmpty())
        m_streams.tell(sending.speaker, sending.asker.origin.socket,
                       MessageSent{sending.receiver, sending.message});
}

} // namespace concierge::chat
