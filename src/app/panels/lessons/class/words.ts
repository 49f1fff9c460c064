/**
 * The words of a class result's code, 512: nine bits each. No two are one slip of the hand apart (a letter wrong, missing, too
 * many, or two swapped), so that such a slip is never another word. Their order is their meaning: nothing is ever moved here.
 */
export const CODE_WORDS: readonly string[] = `
acorn actor alarm album almond amber anchor angel animal ankle apple april apron arena armor arrow artist aspen
atlas attic august autumn bacon badge bagel bakery ballet bamboo banana banjo barley barn basil basket beach
beaver beetle bell berry birch bird bishop bison boat border bottle bowl box branch brass bread breeze brick
bridge bronze brook brush bubble bucket bugle bunny butter button cabin cable cactus cage camel camera camp
canal candle canoe canvas canyon carbon cargo carpet carrot castle cat cedar celery cello cement chain chalk
chapel cheese cherry chess choir cinema circle circus citrus city clay cliff clock cloud clover coach coast
cobra coffee coin collar comet copper coral cotton cousin cow crab cradle crane crayon crocus crown cup cycle
daisy dance dawn deer delta denim desert desk dinner donkey door dove dragon drawer dream drum duck dune dust
eagle earth east echo eel egg elbow elm empire engine fabric fairy falcon farmer fence fern fiddle field fig
finger fire fish flag flame flute foam forest fork fossil friend frog frost fruit galaxy garage garden garlic
gate geyser ghost giant glass globe gold goose grape gravel guitar gull gypsum hail hammer harbor hare hawk
hazel heart hedge helmet hen herb heron hill hinge hippo hockey honey hood hornet horse hotel husky igloo
impala indigo ink insect iris iron island ivory ivy jacket jaguar jam jelly jersey jewel jigsaw judge juice
july jumper jungle kayak kettle king kiosk kite kitten kiwi knee knight knot koala ladder lagoon lake lamb
lasso laurel lava leaf lemon lentil letter lilac lily lime linen lion lizard llama locket lotus lunch lynx
magnet maize mango maple marble march market mask meadow medal melody melon meteor milk minute mirror mole
monday moon mosaic moss moth motor mouse muffin museum music napkin nation nature nectar needle neon nephew
nest nickel noodle north nose nugget nurse nutmeg oak oasis ocean office olive omelet onion opal opera orange
orbit orchid organ otter oven oxygen oyster paddle palace palm panda papaya paper parade parcel park pasta
patio peanut pear pebble pencil pepper petal piano picnic pier pigeon pillow pilot pine pirate pizza planet
plum poem polka pony poplar poppy potato prince prism puppet purple puzzle python quail quartz queen quill
quiver rabbit radar radio radish raft rain raisin raven recipe reef ribbon rice river road robin robot roof
rowan ruby rudder rug ruler runner sailor salad salmon salt sand sandal saturn sauce scarf school scout seal
season seed shadow shark sheep shelf shield ship shirt shoe shovel shower shrimp silver sister skate ski sleeve
slope snail snow soap sock sofa soil south spade spice spider spiral sponge spoon spring spruce square squid
stable stamp star statue steam steel stone stool storm straw street stripe studio sugar summer sun surf swan
swing syrup teapot temple tennis tent thumb ticket tide tiger timber tomato tower trail tulip tundra tunnel
turkey turnip turtle twig uncle valley vase velvet vessel violet violin voyage waffle wagon walnut walrus water
wave wax weasel whale wheat wheel wind window winter wolf wool worm yacht yard zebra zinc zoo
`
  .trim()
  .split(/\s+/);
