#pragma once

#include "chat/ChatOptions.h"
#include "chat/Inbox.h"
#include "chat/Journal.h"
#include "chat/Ledger.h"
#include "chat/MessageIds.h"
#include "chat/Publish.h"
#include "chat/Receipts.h"
#include "chat/Replies.h"
#include "chat/Rooms.h"
#include "chat/Streams.h"

#include <memory>
#include <unordered_map>
#include <vector>

namespace concierge::chat {

/// Takes messages, once each, and answers who sent them: when every receiver's client has read it, or the
/// inbox has said Stored; and, where there is a journal, when that has it too.
///
/// The same `(sender, messageId)` again within `dedupeWindow` goes to nobody and gets the first answer. That
/// holds over a crash: what was answered is in the Ledger, what was stored is in the inbox, and what was
/// neither is named by the offsets of the clients that got it. Thread: chat.
class Messages
{
public:
    Messages(const ChatOptions &options, Inbox &inbox, Rooms &rooms, Streams &streams, Ledger &ledger,
             Receipts &receipts, Replies &replies, const Clock &clock, metrics::ThreadCounters &counters,
             Journal *journal);
    ~Messages();

    void send(const Socket &from, const SendMessage &command);
    void publish(const Publish &command, PublishAnswer done);
    /// A client of `user` has shown that it got these, see evidenceHash().
    void addEvidence(const UserId &user, const std::vector<quint64> &evidence);
    /// One that waited is about to be sent. Where a crash took the entry of its sending, it gets another: its
    /// sender may still repeat it when it no longer waits.
    void isSending(const UserId &user, const Message &message, InboxPosition position);
    /// How many messages the journal has not answered for yet.
    qsizetype unwritten() const noexcept { return m_unwritten; }

private:
    class Sending;
    /// Who hears what became of a message.
    struct Asker
    {
        Origin origin;
        PublishAnswer publisher; ///< empty: the socket of `origin`
    };
    struct Request
    {
        UserId sender;
        UserId speaker; ///< the registered user
        QList<UserId> receivers;
        QList<UserId> named; ///< of those, whom it names; empty: it is for a chat's members
        bool isPublished = false;
        bool isSilent = false;
    };
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
    void begin(const Asker &asker, const Request &request, const SendMessage &command);
    bool isRepetition(const UserId &sender, const SendMessage &command, const Asker &asker);
    std::shared_ptr<const Message> take(const Request &request, const SendMessage &command);
    bool sendTo(const std::shared_ptr<Sending> &sending, const UserId &receiver);
    void writeDown(const std::shared_ptr<Sending> &sending, const QList<UserId> &receivers);
    void tellSpeaker(const Sending &sending) const;
    std::optional<Outcome> knownOutcome(const UserId &receiver, const Message &message, quint64 evidence);
    void record(const UserId &user, quint64 hash, Milliseconds since, InboxPosition position,
                Ledger::Evidence evidence);
    class Shown;
    void finish(Sending &sending);
    void answer(const Sending &sending, const Asker &asker, bool isDuplicate);
    static std::vector<std::pair<UserId, SendOutcome>> outcomesOf(const Sending &sending);
    void tell(const Asker &asker, const Published &published);
    void refuse(const Asker &asker, Error error);
    void tellStates(const Sending &sending);

    const ChatOptions &m_options;
    Rooms &m_rooms;
    Streams &m_streams;
    Ledger &m_ledger;
    Receipts &m_receipts;
    Replies &m_replies;
    const Clock &m_clock;
    metrics::ThreadCounters &m_counters;
    Journal *const m_journal; // nullptr: nobody keeps one
    qsizetype m_unwritten = 0;
    const QByteArray m_secret;
    MessageIds m_ids;
    std::unordered_map<SendKey, Sending *, SeededHash> m_open; // those that can be repeated
    std::vector<quint64> m_startEvidence;                      // sorted
    const Milliseconds m_startTime;
    const std::shared_ptr<const char> m_alive = std::make_shared<char>(); // the journal may answer later
};

} // namespace concierge::chat
