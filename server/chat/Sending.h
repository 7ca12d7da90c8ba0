#pragma once

#include "chat/Messages.h"

#include <utility>

/// Messages' own: what becomes of a message. Thread: chat.
namespace concierge::chat {

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
        if (keepsOutcomes())
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
    /// Of one receiver without a journal it is all or nothing.
    bool keepsOutcomes() const { return receiver.isEmpty() || messages.m_journal; }
    bool isRepeatable() const { return !message->appendMessageId && !message->sender.isEmpty(); }

    Messages &messages;
    Asker asker;
    std::vector<Asker> repetitions; ///< that came before the answer
    UserId speaker;                 ///< the registered user, whose other sockets hear messageSent
    UserId receiver;                ///< empty: several, or a chat's members
    std::shared_ptr<const Message> message;
    Microseconds readAt{};                            ///< the command's
    std::vector<std::pair<UserId, Outcome>> outcomes; ///< see keepsOutcomes()
    int open = 1;      ///< receivers, and the journal, without an answer, and one until all are known
    quint64 epoch = 0; ///< the Ledger's, once it was answered
    bool truncated = false;
    bool isPublished = false; ///< by the platform's back end
    bool isDelivered = false;
    bool isStored = false;
    bool isFull = false;
    bool isFailed = false;
    bool isInDoubt = false;   ///< whether a receiver has it since it was sent before
    bool isDuplicate = false; ///< its one receiver had it before
    bool isForgotten = false; ///< refused: whoever repeats it sends it anew
};

} // namespace concierge::chat
