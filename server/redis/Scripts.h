#pragma once

#include <QByteArray>

#include <vector>

namespace concierge::redis {

/// A Lua script of a Client, by Client::addScript().
class ScriptId
{
public:
    ScriptId() = default; ///< of none

private:
    friend class Scripts;
    explicit ScriptId(std::size_t index) noexcept
        : m_index(index)
    {}
    std::size_t m_index = ~std::size_t(0);
};

/// The scripts of one client, and up to where in its connection's bytes each was loaded last. Thread: one.
class Scripts
{
public:
    ScriptId add(QByteArray lua);
    std::size_t count() const noexcept { return m_scripts.size(); }
    ScriptId at(std::size_t index) const noexcept { return ScriptId(index); }
    const QByteArray &source(ScriptId script) const { return m_scripts[script.m_index].lua; }
    /// As EVALSHA wants it: SHA-1 in lower case hexadecimal.
    const QByteArray &sha(ScriptId script) const { return m_scripts[script.m_index].sha; }
    void setLoadedUpTo(ScriptId script, qint64 offset) { m_scripts[script.m_index].loadedUpTo = offset; }
    /// The load was sent behind what ends there.
    bool isLoadedBehind(ScriptId script, qint64 offset) const
    {
        return m_scripts[script.m_index].loadedUpTo > offset;
    }

private:
    struct Entry
    {
        QByteArray lua;
        QByteArray sha;
        qint64 loadedUpTo = 0;
    };
    std::vector<Entry> m_scripts;
};

} // namespace concierge::redis
