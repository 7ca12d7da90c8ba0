#include "chat/Messages.h"

#include <algorithm>
#include <utility>

namespace concierge::chat {

using metrics::Counter;

namespace {

const QByteArray &sendMessageName()
{
    static const QByteArray name = QByteArrayLiteral("sendMessage");
    return name;
}

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

/// A send that some receiver's answer is still missing of.
class Messages::Sending final : public Settling
{
public:
    explicit Sending(Messages &owner)
        : messages(owner)
    {}

    void settled(const UserId &user, Outcome outcome) override
    {
        isDelivered |= outcome == Outcome::Delivered;
        isStored |= outcome == Outcome::Stored;
        isFailed |= outcome == Outcome::Failed;
        if (receiver.isEmpty())
            outcomes.emplace_back(user, outcome);
        close();
    }
    bool isRecorded() const override
    {
        return isForgotten || (epoch > 0 && messages.m_ledger.isDurable(epoch));
    }
    void close()
    {
        if (--open == 0)
            messages.finish(*this);
    }
    bool isRepeatable() const { return !message->appendMessageId && !message->sender.isEmpty(); }

    Messages &messages;
    Origin origin;
    std::vector<Origin> repetitions; ///< that came before the answer
    UserId speaker;                  ///< the registered user, whose other sockets hear messageSent
    UserId receiver;                 ///< empty: a chat's members
    std::shared_ptr<const Message> message;
    Microseconds readAt{};                            ///< the command's
    std::vector<std::pair<UserId, Outcome>> outcomes; ///< of the members of a chat
    int open = 1;      ///< receivers without an answer, and one until all are known
    quint64 epoch = 0; ///< the Ledger's, once it was answered
    bool truncated = false;
    bool isDelivered = false;
    bool isStored = false;
    bool isFull = false;
    bool isFailed = false;
    bool isInDoubt = false;   ///< whether a receiver has it since it was sent before
    bool isDuplicate = false; ///< its one receiver had it before
    bool isForgotten = false; ///< refused: whoever repeats it sends it anew
};

Messages::Messages(const ChatOptions &options, Inbox &inbox, Rooms &rooms, Streams &streams, Ledger &ledger,
                   Receipts &receipts, Replies &replies, const Clock &clock,
                   metrics::ThreadCounters &counters)
    : m_options(options)
    , m_rooms(rooms)
    , m_streams(streams)
    , m_ledger(ledger)
    , m_receipts(receipts)
    , m_replies(replies)
    , m_clock(clock)
    , m_counters(counters)
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
    if (auto error = refusal(from, command)) {
        m_replies.refuse(command.origin, sendMessageName(), error->code, std::move(error->message));
        return;
    }
    const UserId sender = senderOf(from, command);
    QList<UserId> receivers{command.receiver};
    if (command.receiver.isEmpty()) {
        receivers = m_rooms.members(command.chat);
        if (auto error = refusalToSpeak(command.chat, receivers, sender)) {
            m_replies.refuse(command.origin, sendMessageName(), error->code, std::move(error->message));
            return;
        }
        receivers.removeOne(sender);
    }
    if (command.messageId && isRepetition(sender, command))
        return;
    const auto sending = std::make_shared<Sending>(*this);
    sending->origin = command.origin;
    sending->receiver = command.receiver;
    sending->truncated = command.truncated;
    sending->readAt = command.readAt;
    sending->isDelivered = receivers.isEmpty(); // nobody is left who lacks it
    sending->message = take(sender, command);
    // Those who hear it as receivers need not hear that it was sent.
    const UserId &speaker = from.user ? from.user->id : from.spokeFor;
    if (!receivers.contains(speaker))
        sending->speaker = speaker;
    if (sending->isRepeatable())
        m_open[{sender, sending->message->id}] = sending.get();
    for (const UserId &receiver : receivers)
        sendTo(sending, receiver);
    const bool isRefused = !command.receiver.isEmpty() && (sending->isFull || sending->isInDoubt);
    if (!isRefused)
        tellSpeaker(*sending);
    sending->close();
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
bool Messages::isRepetition(const UserId &sender, const SendMessage &command)
{
    if (sender.isEmpty() || m_options.dedupeWindow <= Milliseconds(0))
        return false;
    if (const auto open = m_open.find({sender, *command.messageId}); open != m_open.end()) {
        m_counters.add(Counter::MessagesDuplicate);
        open->second->repetitions.push_back(command.origin);
        return true;
    }
    const auto known = m_ledger.findSend(sender, *command.messageId);
    if (!known)
        return false;
    m_counters.add(Counter::MessagesDuplicate);
    m_replies.send(
        command.origin, sendMessageName(),
        MessageTaken{*command.messageId, known->timestamp, known->outcome, known->truncated, true});
    return true;
}

std::shared_ptr<const Message> Messages::take(const UserId &sender, const SendMessage &command)
{
    auto message = std::make_shared<Message>();
    message->timestamp = m_clock.wall();
    message->id = command.messageId ? *command.messageId : m_ids.next(message->timestamp);
    message->appendMessageId = !command.messageId;
    message->sender = sender;
    message->appendSenderId = !command.senderId && !sender.isEmpty();
    message->appendTimestamp = !command.hasTimestamp;
    message->chat = command.chat;
    message->data = command.data;
    message->attachments = command.attachments;
    return message;
}

void Messages::sendTo(const std::shared_ptr<Sending> &sending, const UserId &receiver)
{
    ++sending->open;
    quint64 evidence = 0;
    if (sending->isRepeatable() && m_options.dedupeWindow > Milliseconds(0)) {
        evidence = evidenceHash(m_secret, sending->message->sender, sending->message->id, receiver);
        if (const auto outcome = knownOutcome(receiver, *sending->message, evidence)) {
            sending->isDuplicate = !sending->receiver.isEmpty();
            sending->settled(receiver, *outcome);
            return;
        }
    }
    if (evidence != 0 && m_streams.isInDoubt(receiver, evidence)) {
        sending->isInDoubt = true;
        sending->settled(receiver,
                         Outcome::Failed); // not twice; who asks again later hears what became of it
        return;
    }
    if (!m_streams.hasRoom(receiver)) {
        sending->isFull = true;
        sending->close();
        return;
    }
    m_streams.post(receiver, sending->message, sending, evidence, m_clock.monotonic(), sending->readAt);
}

/// The sender's other sockets hear what was sent.
void Messages::tellSpeaker(const Sending &sending) const
{
    if (!sending.speaker.isEmpty())
        m_streams.tell(sending.speaker, sending.origin.socket,
                       MessageSent{sending.receiver, sending.message});
}

void Messages::finish(Sending &sending)
{
    const Message &message = *sending.message;
    const bool hasReached = sending.isDelivered || sending.isStored;
    const bool isGood = !sending.isFailed && !sending.isFull;
    if (isGood)
        m_counters.add(Counter::MessagesIn);
    if (sending.isRepeatable()) {
        m_open.erase({message.sender, message.id});
        if (isGood) {
            sending.epoch = m_ledger.addSend(
                message.sender, message.id,
                {message.timestamp, sending.isDelivered ? SendOutcome::Delivered : SendOutcome::Stored,
                 sending.truncated});
        } else {
            sending.isForgotten = true;
            for (const auto &[receiver, outcome] :
                 sending.outcomes) { // a repetition is for those who lack it
                if (outcome != Outcome::Failed)
                    m_ledger.addEvidence(
                        evidenceHash(m_secret, message.sender, message.id, receiver), message.timestamp,
                        outcome == Outcome::Delivered ? Ledger::Evidence::Shown : Ledger::Evidence::Taken);
            }
        }
    }
    answer(sending, sending.origin, sending.isDuplicate);
    for (const Origin &repetition : sending.repetitions)
        answer(sending, repetition, true);
    if (hasReached)
        tellStates(sending);
}

void Messages::answer(const Sending &sending, const Origin &origin, bool isDuplicate)
{
    if (!sending.isFailed && !sending.isFull) {
        const SendOutcome outcome = sending.isDelivered ? SendOutcome::Delivered : SendOutcome::Stored;
        m_replies.send(origin, sendMessageName(),
                       MessageTaken{sending.message->id, sending.message->timestamp, outcome,
                                    sending.truncated, isDuplicate});
        return;
    }
    // Also when others have it: who sent it must know that somebody lacks it.
    QByteArray text =
        sending.isFailed
            ? QByteArrayLiteral("the message could not be stored; send it again later")
            : QByteArrayLiteral("the receiver is offline and has no room for more waiting messages");
    if (sending.receiver.isEmpty()) {
        text =
            sending.isFailed
                ? QByteArrayLiteral("the message could not be stored for a member of the chat who is offline")
                : QByteArrayLiteral(
                      "a member of the chat is offline and has no room for more waiting messages");
        if (sending.isDelivered || sending.isStored)
            text += "; the other members have this one";
    }
    m_replies.refuse(origin, sendMessageName(),
                     sending.isFailed ? ErrorCode::Unavailable : ErrorCode::InboxFull, std::move(text));
}

/// How far the message has come, for those who do not see that in the answer: the sender's other sockets; who
/// asked for no answer but knows the id; and members of a chat with another state than the answer says.
void Messages::tellStates(const Sending &sending)
{
    const Message &message = *sending.message;
    if (message.sender.isEmpty())
        return;
    const bool isAnswered = sending.origin.ackId.has_value();
    const bool isIdKnown = isAnswered || !message.appendMessageId;
    const auto tell = [&](const UserId &receiver, Outcome outcome) {
        const MessageState state =
            outcome == Outcome::Delivered ? MessageState::Delivered : MessageState::Stored;
        Receipt receipt{message.id, message.chat, receiver, state, m_clock.wall()};
        const bool isInAnswer = isAnswered && (outcome == Outcome::Delivered) == sending.isDelivered;
        if (isInAnswer)
            m_receipts.tellOthers(message.sender, sending.origin.socket, std::move(receipt));
        else if (isIdKnown)
            m_receipts.post(message.sender, std::move(receipt));
    };
    if (!sending.receiver.isEmpty()) {
        tell(sending.receiver, sending.isDelivered ? Outcome::Delivered : Outcome::Stored);
        return;
    }
    for (const auto &[receiver, outcome] : sending.outcomes) {
        if (outcome != Outcome::Failed)
            tell(receiver, outcome);
    }
}

} // namespace concierge::chat
