#pragma once

#include "chat/Inbox.h"
#include "shared/Clock.h"

#include <QHash>

#include <map>

namespace concierge::store {

/// Keeps everything in this process: it survives nothing else. Answers every call from within. Thread: chat.
class MemoryInbox final : public chat::Inbox
{
public:
    /// An entry waits at most `ttl`.
    MemoryInbox(const Clock &clock, Milliseconds ttl);

    void setListener(chat::InboxListener *listener) override { m_listener = listener; }
    chat::InboxPosition firstPosition() const override { return 1; }
    QByteArray secret() const override { return m_secret; }

    std::vector<quint64> takeEvidence() override { return {}; }
    void append(const UserId &user, chat::InboxPosition position, chat::Entry entry) override;
    void load(const UserId &user, chat::InboxPosition after, LoadCallback done) override;
    bool remove(const UserId &user, chat::InboxPosition position) override;
    qsizetype waiting(const UserId &user) const override;
    bool hasEntries(const UserId &user) const override { return m_boxes.contains(user); }
    void sweep(SweepCallback done) override;

    quint64 record(QByteArray block) override;
    void forget(quint64) override {} // nobody could ask for them
    std::vector<chat::LedgerBlock> takeLedger() override { return {}; }

    void addMember(const ChatId &chat, const UserId &user, MemberCallback done) override;
    void removeMember(const ChatId &chat, const UserId &user, MemberCallback done) override;
    QList<UserId> members(const ChatId &chat) const override { return m_members.value(chat); }
    QList<ChatId> chatsOf(const UserId &user) const override { return m_chatsOf.value(user); }

    /// How many entries take memory, expired ones included.
    qsizetype held() const noexcept { return static_cast<qsizetype>(m_entries.size()); }

private:
    struct Held
    {
        UserId user;
        Milliseconds since{}; ///< wall
        chat::Entry entry;
    };
    struct Box
    {
        std::vector<chat::InboxPosition> positions; // in order
        qsizetype messages = 0;
    };

    bool isExpired(const Held &held) const { return m_clock.wall() - held.since >= m_ttl; }

    const Clock &m_clock;
    const Milliseconds m_ttl;
    const QByteArray m_secret;
    chat::InboxListener *m_listener = nullptr;
    std::map<chat::InboxPosition, Held> m_entries;
    QHash<UserId, Box> m_boxes; // none is empty
    quint64 m_lastBlock = 0;
    QHash<ChatId, QList<UserId>> m_members; // none is empty
    QHash<UserId, QList<ChatId>> m_chatsOf; // the same
};

} // namespace concierge::store
