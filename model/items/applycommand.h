// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QUndoCommand>

#include "edit/appliedstep.h"

#include <memory>

namespace ravel {

class Session;

// One step on the undo stack: appended to the recipe, or taken away from its end.
class ApplyCommand : public QUndoCommand {
public:
    ApplyCommand(Session&, std::shared_ptr<const AppliedStep>);
    void redo() override;
    void undo() override;

private:
    Session& m_session;
    std::shared_ptr<const AppliedStep> m_step;
};

} // namespace ravel
