// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job.h"
#include "edit/editedvector.h"
#include "edit/recipe.h"
#include "layout/flatlayout.h"
#include "save/save.h"
#include "stats/pyramid.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ravel {

// A checkpoint with its layout, recipe, statistics and save state: what the window and the command line share. Plain calls: whoever holds it
// calls from one thread; snapshots (layout, edited, pyramid) go to any.
class Document {
public:
    static Result<std::unique_ptr<Document>> open(
        const std::string& path, const LayoutSpec& = {}, const Limits& = {}, const Job& = {}, Io& = systemIo());

    const Checkpoint& checkpoint() const { return *m_checkpoint; }
    std::shared_ptr<const Checkpoint> checkpointPtr() const { return m_checkpoint; }
    std::shared_ptr<const FlatLayout> layout() const { return m_layout; }
    Result<> setLayout(const LayoutSpec&); // makes a new pyramid; edits stay
    std::shared_ptr<Pyramid> pyramid() const { return m_pyramid; }

    const EditedVector& edited() const { return m_edited; }
    Recipe recipe() const;                 // the steps in force, with the layout
    Recipe namedRecipe() const;            // the same, flat ranges and bytes written out as names and slices: for another file
    bool modified() const;                 // differs from what is on disk

    // Binds and measures a step against the present state, changing nothing: safe on another thread through its snapshot arguments.
    struct Prepared {
        std::shared_ptr<const AppliedStep> step;
        StepEffect effect;
    };
    static Result<Prepared> prepare(const Step&, std::shared_ptr<const FlatLayout>, EditedVector before, const Job&);
    void append(std::shared_ptr<const AppliedStep>); // and invalidates the blocks it covers
    void removeLast();
    // Binds every step of a recipe in turn under the recipe's own layout and appends them: all or none.
    Result<> apply(const Recipe&, const std::string& directory, const Job&);

    // What of a recipe still applies here, bound in turn on top of the present state, which stays as it is: a step is left out, with the reason, where it
    // names what is not there, or where a number does not fit. Reads what the steps cover. Cancelled where the job is.
    struct Replay {
        std::vector<std::shared_ptr<const AppliedStep>> steps;
        std::vector<std::pair<Step, Error>> refused;
    };
    Result<Replay> replay(const Recipe&, const Job&) const;

    // Saves a copy of what is edited (save.h). After a save over the open file it has to be opened anew.
    Result<Receipt> saveAs(const std::string& target, const SaveOptions&, const Job&) const;

private:
    Document() = default;
    Io* m_io = nullptr;
    std::shared_ptr<const Checkpoint> m_checkpoint;
    std::shared_ptr<const FlatLayout> m_layout;
    std::shared_ptr<Pyramid> m_pyramid;
    EditedVector m_edited { nullptr };
};

} // namespace ravel
