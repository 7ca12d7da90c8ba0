#pragma once

#include "chat/ChatOptions.h"
#include "chat/Inbox.h"
#include "chat/Outbound.h"

#include <QVarLengthArray>

#include <array>
#include <deque>
#include <optional>
#include <unordered_map>

class QDataStream;

namespace concierge::chat {

/// Which ids were taken from whom, which messages reached whom, and who spoke for whom: what repetitions and
/// read receipts are checked against. Ids and states, no texts. It survives with the Inbox, by blocks that
/// are written behind: one at a time, so under load many ids share one.
///
/// Bounds: the latest `ledgerMax` of each kind. Ids are kept as hashes of 64 bits. Thread: chat.
class Ledger
{
public:
    Ledger(const ChatOptions &options, Inbox &inbox, const Clock &clock);

    /// A send that was answered.
    struct Send
    {
        Milliseconds timestamp{};
        SendOutcome outcome = SendOutcome::Delivered;
        bool truncated = false;
    };
    /// Nothing: not within `dedupeWindow`.
    std::optional<Send> findSend(const UserId &sender, const MessageId &message) const;
    /// Answers when it survives: see isDurable().
    quint64 addSend(const UserId &sender, const MessageId &message, const Send &send);
    bool isDurable(quint64 epoch) const noexcept { return epoch <= m_durable; }

    struct Received
    {
        UserId sender;
        ChatId chat;
        Milliseconds timestamp{}; ///< the message's
        bool isRead = false;      ///< or its sender is being told so
    };
    /// Those with this id, at most one of each sender: senders choose ids without knowing each other's. Valid
    /// until the next call that is not const.
    QVarLengthArray<Received *, 4> findReceived(const UserId &receiver, const MessageId &message);
    /// A message that a client has read.
    void addReceived(const UserId &receiver, const Message &message);
    /// Whether the user received the message of this sender, within `dedupeWindow`.
    bool hasReceived(const UserId &receiver, const UserId &sender, const MessageId &message) const;

    enum class Evidence : quint8 {
        Taken, ///< the inbox has the message, or had it when this was noted
        Shown  ///< a client has it
    };
    /// `hash`: evidenceHash() of the message; `since`: wall. Answers as addSend().
    quint64 addEvidence(quint64 hash, Milliseconds since, Evidence evidence);
    /// The best there is.
    std::optional<Evidence> findEvidence(quint64 hash) const;

    /// That `sender` has been told that it is read; or could not be, so that it may be read once more.
    void markRead(const UserId &receiver, const MessageId &message, const UserId &sender, bool isTold);

    /// For whom the socket that had this `pid` said newUser last: a client that comes back after a restart
    /// sends what it had buffered before it can say so again.
    void addRegistration(const QByteArray &pid, const UserId &user);
    /// Its client has left, and whoever uses it next is another.
    void dropRegistration(const QByteArray &pid);
    UserId findRegistration(const QByteArray &pid) const; ///< empty: none is known

    /// The inbox's answer.
    void recorded(quint64 block);
    /// Writes what is due.
    void run(Milliseconds now);
    std::optional<Milliseconds> next() const;

private:
    enum class Kind : quint8 { Send = 1, Received = 2, Taken = 4, Read = 5, Shown = 6, Registration = 7 };
    using Key = quint64;
    using ReceivedMap = std::unordered_multimap<Key, Received>;

    void readBlock(const LedgerBlock &block);
    void readRecord(QDataStream &in);
    void readMessage(Kind kind, QDataStream &in);
    void insertSend(Key key, const Send &send);
    void insertReceived(Key key, Received received);
    Received *find(Key key, const UserId &sender);
    ReceivedMap::iterator oldest(Key key);
    void evictReceived();
    void insertRegistration(quint64 hash, const UserId &user);
    void insertEvidence(quint64 hash, Milliseconds since, Evidence evidence);
    bool isWithinWindow(Milliseconds since) const { return m_clock.wall() - since < m_options.dedupeWindow; }
    class Record;
    void note(const Record &record);
    void write();

    /// Ids that come again and again: one text for most of those that are kept.
    template <class Id>
    class SharedTexts
    {
    public:
        const Id &of(const Id &id)
        {
            Id &latest = m_latest[qHash(id) % m_latest.size()];
            if (latest != id)
                latest = id;
            return latest;
        }

    private:
        std::array<Id, 1'024> m_latest;
    };

    const ChatOptions &m_options;
    Inbox &m_inbox;
    const Clock &m_clock;
    SharedTexts<UserId> m_users;
    SharedTexts<ChatId> m_chats;
    std::unordered_map<Key, Send> m_sends;
    std::deque<Key> m_sendOrder;
    ReceivedMap m_received;
    std::deque<Key> m_receivedOrder;
    std::unordered_map<quint64, std::pair<Milliseconds, Evidence>> m_evidence; // since when, wall
    std::deque<quint64> m_evidenceOrder;
    std::unordered_map<quint64, UserId> m_registrations; // by a hash of the pid
    std::deque<quint64> m_registrationOrder;

    QByteArray m_block;                                 // not written yet
    bool m_isUrgent = false;                            // it holds sends or registrations
    Milliseconds m_blockSince{};                        // monotonic
    quint64 m_epoch = 1;                                // of m_block
    quint64 m_durable = 0;                              // the last epoch that survives
    quint64 m_writing = 0;                              // the block that is on its way; 0: none
    std::deque<std::pair<quint64, qsizetype>> m_blocks; // number and bytes, those that are written
    qsizetype m_blockBytes = 0;                         // of m_blocks
};

} // namespace concierge::chat
