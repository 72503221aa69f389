// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/applycommand.h"

#include "items/qtext.h"
#include "items/session.h"

namespace ravel {

ApplyCommand::ApplyCommand(Session& session, std::shared_ptr<const AppliedStep> step)
    : m_session(session)
    , m_step(std::move(step))
{
    setText(shown(sentence(m_step->step)));
}

void ApplyCommand::redo()
{
    m_session.edited([&](Document& document) { document.append(m_step); });
}

void ApplyCommand::undo()
{
    m_session.edited([](Document& document) { document.removeLast(); });
}

} // namespace ravel
