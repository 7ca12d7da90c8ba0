#pragma once

#include "chat/ChatOptions.h"
#include "chat/Inbox.h"
#include "chat/Ledger.h"
#include "chat/MessageIds.h"
#include "chat/Receipts.h"
#include "chat/Replies.h"
#include "chat/Rooms.h"
#include "chat/Streams.h"

#include <memory>
#include <unordered_map>
#include <vector>

namespace concierge::chat {

/// Takes messages, once each, and answers who sent them: when every receiver's client has read it, or the
/// inbox has said Stored.
///
/// The same `(sender, messageId)` again within `dedupeWindow` goes to nobody and gets the first answer. That
/// holds over a crash: what was answered is in the Ledger, what was stored is in the inbox, and what was
/// neither is named by the offsets of the clients that got it. Thread: chat.
class Messages
{
public:
    Messages(const ChatOptions &options, Inbox &inbox, Rooms &rooms, Streams &streams, Ledger &ledger,
             Receipts &receipts, Replies &replies, const Clock &clock, metrics::ThreadCounters &counters);
    ~Messages();

    void send(const Socket &from, const SendMessage &command);
    /// A client of `user` has shown that it got these, see evidenceHash().
    void addEvidence(const UserId &user, const std::vector<quint64> &evidence);
    /// One that waited is about to be sent. Where a crash took the entry of its sending, it gets another: its
    /// sender may still repeat it when it no longer waits.
    void isSending(const UserId &user, const Message &message, InboxPosition position);

private:
    class Sending;
    struct SendKey
    {
        UserId sender;
        MessageId message;
        friend bool operator==(const SendKey &, const SendKey &) = default;
        friend size_t qHash(const SendKey &key, size_t seed = 0) noexcept
        {
            return qHash(key.message.utf8(), qHash(key.sender.utf8(), seed));
        }
    };

    std::optional<Error> refusal(const Socket &from, const SendMessage &command) const;
    bool isRepetition(const UserId &sender, const SendMessage &command);
    std::shared_ptr<const Message> take(const UserId &sender, const SendMessage &command);
    void sendTo(const std::shared_ptr<Sending> &sending, const UserId &receiver);
    void tellSpeaker(const Sending &sending) const;
    std::optional<Outcome> knownOutcome(const UserId &receiver, const Message &message, quint64 evidence);
    void record(const UserId &user, quint64 hash, Milliseconds since, InboxPosition position,
                Ledger::Evidence evidence);
    class Shown;
    void finish(Sending &sending);
    void answer(const Sending &sending, const Origin &origin, bool isDuplicate);
    void tellStates(const Sending &sending);

    const ChatOptions &m_options;
    Rooms &m_rooms;
    Streams &m_streams;
    Ledger &m_ledger;
    Receipts &m_receipts;
    Replies &m_replies;
    const Clock &m_clock;
    metrics::ThreadCounters &m_counters;
    const QByteArray m_secret;
    MessageIds m_ids;
    std::unordered_map<SendKey, Sending *, SeededHash> m_open; // those that can be repeated
    std::vector<quint64> m_startEvidence;                      // sorted
    const Milliseconds m_startTime;
};

} // namespace concierge::chat
