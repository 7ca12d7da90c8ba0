#include "store/WaitingIndex.h"

#include <algorithm>

namespace concierge::store {

using chat::InboxPosition;

namespace {

constexpr quint64 messageBit = 1;

quint64 wordOf(InboxPosition position)
{
    return static_cast<quint64>(position) * 2;
}

InboxPosition positionOf(quint64 word)
{
    return static_cast<InboxPosition>(word / 2);
}

} // namespace

auto WaitingIndex::Box::lowerBound(InboxPosition position) const
{
    return std::lower_bound(begin(), words.end(), wordOf(position));
}

void WaitingIndex::add(const UserId &user, InboxPosition position, bool isMessage)
{
    Box &box = m_boxes[user];
    const Word word = wordOf(position) + (isMessage ? messageBit : 0);
    box.words.insert(box.lowerBound(position), word); // mostly at the end
    box.messages += isMessage ? 1 : 0;
    m_messages += isMessage ? 1 : 0;
    ++m_size;
}

bool WaitingIndex::remove(const UserId &user, InboxPosition position)
{
    const auto found = m_boxes.find(user);
    if (found == m_boxes.end())
        return false;
    Box &box = *found;
    const auto at = box.lowerBound(position);
    if (at == box.words.end() || positionOf(*at) != position)
        return false;
    const quint32 messages = (*at & messageBit) != 0 ? 1 : 0;
    box.messages -= messages;
    m_messages -= messages;
    --m_size;
    takeOut(box, at - box.words.begin());
    if (box.first == box.words.size())
        m_boxes.erase(found);
    return true;
}

void WaitingIndex::takeOut(Box &box, std::ptrdiff_t index)
{
    constexpr quint32 few = 16;
    if (index != box.first) {
        box.words.erase(box.words.begin() + index);
    } else if (++box.first > few && box.first > box.words.size() / 2) {
        box.words.erase(box.words.begin(), box.words.begin() + box.first);
        box.first = 0;
        if (box.words.size() < box.words.capacity() / 4)
            box.words.shrink_to_fit();
    }
}

bool WaitingIndex::contains(const UserId &user, InboxPosition position) const
{
    const Box *box = find(user);
    if (!box)
        return false;
    const auto at = box->lowerBound(position);
    return at != box->words.end() && positionOf(*at) == position;
}

std::vector<InboxPosition> WaitingIndex::behind(const UserId &user, InboxPosition after, qsizetype max) const
{
    std::vector<InboxPosition> positions;
    const Box *box = find(user);
    if (!box)
        return positions;
    auto at = box->lowerBound(after + 1);
    const auto count = std::min(static_cast<std::ptrdiff_t>(max), box->words.end() - at);
    positions.reserve(static_cast<std::size_t>(count));
    for (const auto end = at + count; at != end; ++at)
        positions.push_back(positionOf(*at));
    return positions;
}

InboxPosition WaitingIndex::last(const UserId &user) const
{
    const Box *box = find(user);
    return box ? positionOf(box->words.back()) : 0;
}

qsizetype WaitingIndex::messages(const UserId &user) const
{
    const Box *box = find(user);
    return box ? box->messages : 0;
}

void WaitingIndex::squeeze()
{
    for (Box &box : m_boxes)
        box.words.shrink_to_fit();
    m_boxes.squeeze();
}

const WaitingIndex::Box *WaitingIndex::find(const UserId &user) const
{
    const auto found = m_boxes.constFind(user);
    return found == m_boxes.cend() ? nullptr : &*found;
}

} // namespace concierge::store
