// SPDX-License-Identifier: GPL-3.0-or-later
#include "document/document.h"

#include "document/editedrecipe.h"
#include "layout/slicesyntax.h"

#include <algorithm>

namespace ravel {

namespace {

bool dependsOnOrder(const Step& step)
{
    return std::any_of(step.select.begin(), step.select.end(),
        [](const SelectItem& item) { return item.range || item.text.starts_with('#'); });
}

bool namesBytes(const Step& step)
{
    return std::any_of(step.select.begin(), step.select.end(), [](const SelectItem& item) { return item.text.starts_with('@'); });
}

// The step with its places written out as names and slices of `layout`.
Step writtenOut(const AppliedStep& applied, const FlatLayout& layout)
{
    Step step = applied.step;
    step.select.clear();
    for (const Box& box : applied.selection.boxes)
        step.select.push_back({ boxText(layout, box), false });
    step.selectIsList = step.select.size() != 1;
    return step;
}

} // namespace

Result<std::unique_ptr<Document>> Document::open(
    const std::string& path, const LayoutSpec& spec, const Limits& limits, const Job& job, Io& io)
{
    std::unique_ptr<Document> document(new Document);
    document->m_io = &io;
    RAVEL_ASSIGN(document->m_checkpoint, openCheckpoint(path, io, limits, job));
    document->m_edited = EditedVector(document->m_checkpoint);
    RAVEL_TRY(document->setLayout(spec));
    return document;
}

Result<> Document::setLayout(const LayoutSpec& spec)
{
    RAVEL_ASSIGN(auto layout, FlatLayout::make(m_checkpoint, spec));
    m_layout = std::move(layout);
    m_pyramid = std::make_shared<Pyramid>(m_layout);
    return {};
}

// A recipe has one layout. Steps that were made under another scope, and ranges made under another order,
// are written out as names from the root, which no layout changes.
Recipe recipeOf(const EditedVector& edited, const FlatLayout& now)
{
    Recipe recipe;
    const auto& steps = edited.steps();
    recipe.layout = steps.empty() ? now.spec() : steps.front()->layout;
    bool same = true;
    for (const auto& applied : steps) {
        same = same && applied->layout.scope == recipe.layout.scope
            && (applied->layout == recipe.layout || !dependsOnOrder(applied->step));
        recipe.steps.push_back(applied->step);
    }
    if (same)
        return recipe;

    LayoutSpec whole;
    whole.scope = "";
    const auto layout = FlatLayout::make(edited.checkpointPtr(), whole);
    if (!layout)
        return recipe; // never: the root is a scope in every checkpoint
    recipe.layout = (*layout)->spec();
    std::transform(steps.begin(), steps.end(), recipe.steps.begin(),
        [&](const auto& applied) { return writtenOut(*applied, **layout); });
    return recipe;
}

Recipe Document::recipe() const { return recipeOf(m_edited, *m_layout); }

Recipe Document::namedRecipe() const
{
    Recipe recipe = this->recipe();
    const auto& steps = m_edited.steps();
    std::shared_ptr<const FlatLayout> layout = m_layout;
    if (layout->spec() != recipe.layout)
        if (auto made = FlatLayout::make(m_checkpoint, recipe.layout))
            layout = std::move(*made);
    for (std::size_t i = 0; i < steps.size(); ++i)
        if (dependsOnOrder(recipe.steps[i]) || namesBytes(recipe.steps[i]))
            recipe.steps[i] = writtenOut(*steps[i], *layout);
    return recipe;
}

bool Document::modified() const { return !m_edited.steps().empty(); }

Result<Document::Prepared> Document::prepare(
    const Step& step, std::shared_ptr<const FlatLayout> layout, EditedVector before, const Job& job)
{
    Prepared prepared;
    RAVEL_ASSIGN(prepared.step, bindStep(step, *layout, before, ".", job));
    RAVEL_ASSIGN(prepared.effect, measureEffect(before, *prepared.step, job));
    if (!prepared.effect.firstRefused.empty())
        return fail(ErrorCode::Refused, prepared.effect.firstRefused);
    return prepared;
}

void Document::append(std::shared_ptr<const AppliedStep> step)
{
    m_pyramid->invalidate(*step);
    m_edited = m_edited.with(std::move(step));
}

void Document::removeLast()
{
    if (m_edited.steps().empty())
        return;
    m_pyramid->invalidate(*m_edited.steps().back());
    m_edited = m_edited.withoutLast();
}

// Values that a dtype cannot hold are found by the pass that saves or reads them, not by a pass of their own.
Result<> Document::apply(const Recipe& recipe, const std::string& directory, const Job& job)
{
    RAVEL_ASSIGN(auto layout, FlatLayout::make(m_checkpoint, recipe.layout));
    EditedVector edited = m_edited;
    std::vector<std::shared_ptr<const AppliedStep>> bound;
    for (std::size_t i = 0; i < recipe.steps.size(); ++i) {
        RAVEL_TRY(job.check());
        auto step = bindStep(recipe.steps[i], *layout, edited, directory, job);
        if (!step)
            return fail(step.error().code, "step " + std::to_string(i + 1) + ": " + step.error().message);
        edited = edited.with(*step);
        bound.push_back(std::move(*step));
    }
    for (auto& step : bound)
        append(std::move(step));
    return {};
}

Result<Document::Replay> Document::replay(const Recipe& recipe, const Job& job) const
{
    Replay replay;
    if (recipe.steps.empty())
        return replay;
    const auto layout = FlatLayout::make(m_checkpoint, recipe.layout);
    EditedVector edited = m_edited;
    for (const Step& step : recipe.steps) {
        RAVEL_TRY(job.check());
        auto prepared = layout ? prepare(step, *layout, edited, job) : Result<Prepared>(tl::unexpected(layout.error()));
        if (!prepared && prepared.error().code == ErrorCode::Cancelled)
            return tl::unexpected(prepared.error());
        if (!prepared) {
            replay.refused.emplace_back(step, prepared.error());
            continue;
        }
        edited = edited.with(prepared->step);
        replay.steps.push_back(std::move(prepared->step));
    }
    return replay;
}

Result<Receipt> Document::saveAs(const std::string& target, const SaveOptions& options, const Job& job) const
{
    return save(*m_io, m_edited, recipe(), target, options, job);
}

} // namespace ravel
