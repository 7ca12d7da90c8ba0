#include "chat/FanOut.h"

#include <utility>

namespace concierge::chat {

void FanOut::add(const SocketRef &target)
{
    if (target.worker >= m_targets.size())
        m_targets.resize(target.worker + std::size_t(1));
    m_targets[target.worker].push_back(target);
}

void FanOut::add(std::span<const SocketRef> targets)
{
    for (const SocketRef &target : targets)
        add(target);
}

void FanOut::send(const Push &push)
{
    for (std::size_t worker = 0; worker < m_targets.size(); ++worker) {
        std::vector<SocketRef> &targets = m_targets[worker];
        if (targets.empty())
            continue;
        m_sink.deliver(static_cast<quint32>(worker), Delivery{std::move(targets), push, {}});
        targets.clear();
    }
}

void FanOut::sendMarked(const SocketRef &target, Push push, StreamMark mark)
{
    m_sink.deliver(target.worker, Delivery{{target}, std::move(push), std::move(mark)});
}

} // namespace concierge::chat
