#pragma once

#include <QtGlobal>

namespace concierge::transport {

/// A second handle of the same connection, which lives on when the first is closed; -1 where there is none to
/// be had. Thread: any.
qintptr duplicateDescriptor(qintptr descriptor);
/// Tells the peer that nothing more will come (FIN); it may still send. Thread: any.
void endWriting(qintptr descriptor);
void closeDescriptor(qintptr descriptor);

/// How many descriptors this process may have; all of them are numbered below. The type's maximum where there
/// is no such limit. Thread: any.
qintptr descriptorLimit();
/// Raises the limit as far as an ordinary process may, and returns what it is then. Thread: main, at start.
qintptr raiseDescriptorLimit();

/// A connection that no socket object has taken yet; closed unless somebody does. Thread: any, one at a time.
class OwnedDescriptor
{
public:
    explicit OwnedDescriptor(qintptr descriptor) noexcept
        : m_descriptor(descriptor)
    {}
    ~OwnedDescriptor()
    {
        if (isValid())
            closeDescriptor(m_descriptor);
    }
    OwnedDescriptor(const OwnedDescriptor &) = delete;
    OwnedDescriptor &operator=(const OwnedDescriptor &) = delete;

    bool isValid() const noexcept { return m_descriptor != -1; }
    qintptr get() const noexcept { return m_descriptor; }
    void release() noexcept { m_descriptor = -1; }

private:
    qintptr m_descriptor;
};

} // namespace concierge::transport
